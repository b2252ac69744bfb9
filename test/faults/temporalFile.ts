import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Temporal's database with its write-ahead log. The shared memory beside them is made anew from these. */
const FILES = /^temporal\.db(-wal)?$/;
const ALL = /^temporal\.db(-wal|-shm|-journal)?$/;

/** Older states of Temporal's file. To be used only while no server writes to it: dead, or stopped by SIGSTOP. */
export class TemporalFile {
  private hasCopy = false;

  constructor(private readonly dataDir: string) {}

  private get older(): string {
    return join(this.dataDir, 'older');
  }

  /** Keeps a copy of the present state, in place of the one before. */
  async copy(): Promise<void> {
    await rm(this.older, { recursive: true, force: true });
    await mkdir(this.older);
    for (const name of await this.list(FILES)) await cp(join(this.dataDir, name), join(this.older, name));
    this.hasCopy = true;
  }

  /** Puts the copy back; where there is none, or `forget` is set, everything is lost. */
  async rollBack(forget: boolean): Promise<void> {
    for (const name of await this.list(ALL)) await rm(join(this.dataDir, name));
    if (this.hasCopy && !forget) await cp(this.older, this.dataDir, { recursive: true });
  }

  private async list(names: RegExp): Promise<string[]> {
    return (await readdir(this.dataDir)).filter((name) => names.test(name));
  }
}
