import { Type } from '@sinclair/typebox';
import { Closed, Moment, Nullable } from './shapes.js';

const Author = Nullable(Type.String({ description: 'Null: from before it was kept' }));
const Number = Type.Integer({ description: 'The same at all times' });
const Name = Type.String({ minLength: 1, maxLength: 100 });

/** A webhook of a chain in Docker Hub's older shape. */
export const Hook = Closed(
  {
    id: Number,
    creator: Author,
    last_updater: Author,
    hook_url: Type.String(),
    date_added: Moment,
    last_updated: Moment,
    active: Type.Boolean({ description: 'As its chain is' }),
    secret: Type.Optional(Type.String({ description: 'Shown once, in the answer that made it' })),
  },
  { title: 'Hook' },
);

/** A chain in Docker Hub's older shape. */
export const OlderWebhook = Closed(
  {
    id: Number,
    name: Type.String(),
    slug: Type.String({ description: 'Of the chain that it is' }),
    active: Type.Boolean(),
    expect_final_callback: Type.Boolean(),
    creator: Author,
    last_updated: Moment,
    last_updater: Author,
    hooks: Type.Array(Hook),
  },
  { title: 'OlderWebhook' },
);

export const NewOlderWebhook = Closed({
  name: Name,
  active: Type.Optional(Type.Boolean()),
  expect_final_callback: Type.Optional(Nullable(Type.Boolean())),
  registry: Type.Optional(Type.String({ maxLength: 255, description: 'Sent by Docker Hub’s clients, without meaning here' })),
});

export const NewHook = Closed({ hook_url: Type.String({ minLength: 1, maxLength: 2000, examples: ['https://ci.example/hook'] }) });
