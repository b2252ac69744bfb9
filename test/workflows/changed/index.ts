import { sleep } from '@temporalio/workflow';
import { chain as original } from '../../../workflows/chain.js';
import type { ChainInput, ChainResult } from '../../../workflows/contract.js';

/** The workflow with one more command at its front: what a careless change would be. */
export async function chain(input: ChainInput): Promise<ChainResult> {
  await sleep(1);
  return original(input);
}
