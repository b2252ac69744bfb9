import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Link, useSearchParams } from 'wouter-preact';
import { api, at } from '../api';
import { hub } from '../hub';
import { t } from '../language';
import { useAction } from '../load';
import { CopyLine } from '../parts/Copy';
import { Failure } from '../parts/Failure';
import { Field } from '../parts/Field';
import { Icon } from '../parts/Icon';
import { useFirstRun } from '../parts/firstRun';
import { StartWatch } from '../parts/StartWatch';
import { apiPath, pagePath, type RepositoryName } from '../repositoryPath';
import { session } from '../session';
import type { AcceptedPush, Chain, Receiver } from '../types';

const TAG = '1.0';

/** From nothing to a chain that moves, in four steps. Where one is stands in the address, so that a reload loses nothing. */
export function Start() {
  const [query, setQuery] = useSearchParams();
  const namespace = session.value?.username ?? '';
  const name = query.get('name') ?? '';
  const receiver = query.get('receiver') ?? undefined;
  const run = query.get('run') ?? undefined;
  const go = (next: Record<string, string>) => setQuery({ ...Object.fromEntries(query), ...next });
  const repository = { namespace, name };
  const isNamed = name !== '';
  return (
    <div class="medium start">
      <h1>{t().start.title}</h1>
      <p class="soft">{t().start.text}</p>
      <ol class="steps">
        <Step number={1} title={t().start.repository} isDone={isNamed} isOpen>
          {isNamed ? <p><Link href={pagePath(repository)}>{namespace}/{name}</Link></p> : <NameRepository namespace={namespace} onDone={(made) => go({ name: made })} />}
        </Step>
        <Step number={2} title={t().start.chain} isDone={receiver !== undefined} isOpen={isNamed}>
          {receiver === undefined ? <MakeChain repository={repository} onDone={(made) => go({ receiver: made })} /> : <p>{t().start.chainDone} <Link href={at`/receivers/${receiver}`}>{t().start.receiver}</Link></p>}
        </Step>
        <Step number={3} title={t().start.push} isDone={run !== undefined} isOpen={receiver !== undefined}>
          {run === undefined && <Push repository={repository} onDone={(begun) => go({ run: begun })} />}
        </Step>
        <Step number={4} title={t().start.watch} isDone={false} isOpen={run !== undefined}>
          {run !== undefined && receiver !== undefined && <StartWatch repository={repository} run={run} receiver={receiver} />}
        </Step>
      </ol>
    </div>
  );
}

interface StepProps {
  readonly number: number;
  readonly title: string;
  readonly isDone: boolean;
  readonly isOpen: boolean;
  readonly children: ComponentChildren;
}

function Step({ number, title, isDone, isOpen, children }: StepProps) {
  const tone = isDone ? 'is-success' : isOpen ? 'is-delivering' : 'is-pending';
  return (
    <li class={`step ${tone}`} aria-current={isOpen && !isDone ? 'step' : undefined}>
      <span class="hop-mark">{isDone ? <Icon name="check" /> : number}</span>
      <div class="step-body stack">
        <h2>{title}</h2>
        {isOpen && children}
      </div>
    </li>
  );
}

function NameRepository({ namespace, onDone }: { readonly namespace: string; readonly onDone: (name: string) => void }) {
  const [name, setName] = useState('hello');
  const { run, isBusy, failure } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      await api.post('/v2/repositories', { namespace, name, description: t().start.description });
      onDone(name);
    });
  };
  return (
    <form class="form" onSubmit={submit}>
      <Field label={t().repository.name} name="name" value={name} onInput={setName} failure={failure} hint={t().repository.nameHint} required />
      <Failure failure={failure} fields={['name']} />
      <button type="submit" class="primary" disabled={isBusy}>{t().start.make(`${namespace}/${name}`)}</button>
    </form>
  );
}

interface StepDo {
  readonly repository: RepositoryName;
  readonly onDone: (id: string) => void;
}

function MakeChain({ repository, onDone }: StepDo) {
  const { run, isBusy, failure } = useAction();
  const make = () => void run(async () => {
    const { id, url } = await api.post<Receiver>('/v2/receivers', { name: `${repository.namespace}/${repository.name}` });
    const webhooks = t().start.hops.map((name) => ({ name, hook_url: url }));
    await api.post<Chain>(`${apiPath(repository)}/webhook_pipeline`, { name: t().start.chainName, webhooks });
    onDone(id);
  });
  return (
    <>
      <p>{t().start.chainText}</p>
      <Failure failure={failure} />
      <button type="button" class="primary" disabled={isBusy} onClick={make}>{t().start.makeChain}</button>
    </>
  );
}

/** A push by docker where there is a registry, by curl anywhere, or by this button. What comes in by the first two is seen too. */
function Push({ repository, onDone }: StepDo) {
  const { run, isBusy, failure } = useAction();
  const path = apiPath(repository);
  const push = () => void run(async () => {
    const { runs } = await api.post<AcceptedPush>(`${path}/pushes`, { tag: TAG });
    onDone(runs[0]?.id ?? '');
  });
  useFirstRun(path, onDone);
  const registry = hub.value?.registry ?? undefined;
  const image = `${registry ?? ''}/${repository.namespace}/${repository.name}:${TAG}`;
  return (
    <>
      <p>{t().start.pushText}</p>
      <button type="button" class="primary" disabled={isBusy} onClick={push}>{t().start.pushHere}</button>
      <Failure failure={failure} />
      {registry !== undefined && <><h3>docker</h3><CopyLine text={`docker login ${registry}\ndocker pull busybox\ndocker tag busybox ${image}\ndocker push ${image}`} label={t().start.lines} /></>}
      <h3>curl</h3>
      <CopyLine text={`curl -u ${repository.namespace} ${location.origin}${path}/pushes -H 'content-type: application/json' -d '{"tag":"${TAG}"}'`} label={t().start.lines} />
      <p class="soft small-text"><span class="live is-live">{t().start.waiting}</span></p>
    </>
  );
}
