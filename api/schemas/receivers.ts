import { Type } from '@sinclair/typebox';
import { Closed, Moment, Nullable } from './shapes.js';

const receiver = {
  id: Type.String(),
  name: Type.String(),
  url: Type.String({ description: 'Put it into a chain as `hook_url`' }),
  created: Moment,
};

export const NewReceiver = Closed({ name: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: '\\S', default: 'Test receiver' })) });
export const Receiver = Closed(receiver, { title: 'Receiver' });

const ReceiverCall = Closed(
  {
    id: Type.String(),
    received: Moment,
    headers: Type.Record(Type.String(), Type.String()),
    body: Type.String({ description: 'As it came, at most 64 KiB' }),
    callback_state: Nullable(Type.String({ description: 'What was answered from here and taken' })),
  },
  { title: 'ReceiverCall' },
);
export const ReceiverWithCalls = Closed({ ...receiver, calls: Type.Array(ReceiverCall, { description: 'The last 50 of a day, newest first' }) }, { title: 'ReceiverWithCalls' });

/** What is known of a call to a receiver: nothing, it may hold anything. */
export const ReceivedBody = Type.Object({});
export const ReceivedCall = Closed({ id: Type.String() });

/** What its owner answers. */
export const ReceiverAnswer = Closed({
  state: Type.String({ enum: ['success', 'failure', 'error'] }),
  description: Type.Optional(Nullable(Type.String({ maxLength: 255 }))),
});
