// A question to the events of its answer, over POST. Called by the conversation's state.
// Invariant: ends after `complete` or `error`; a connection that ends earlier is an ApiError.
import { EventSourceParserStream } from "eventsource-parser/stream";
import { interrupted, isAbort } from "./errors";
import { jsonBody, send } from "./http";
import type { StreamEvent } from "./types";

export interface Question {
  question: string;
  conversation_id?: string;
}

export async function* askStream(
  question: Question,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const response = await send("/api/query/stream", {
    method: "POST",
    signal,
    ...jsonBody(question),
  });
  if (response.body === null) throw interrupted();
  const events = response.body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (;;) {
      const { done, value } = await events.read();
      if (done) break;
      if (value.data === "" || value.data === "[DONE]") continue;
      const event = JSON.parse(value.data) as StreamEvent;
      yield event;
      if (event.status === "complete" || event.status === "error") return;
    }
  } catch (reason) {
    throw isAbort(reason) ? reason : interrupted();
  } finally {
    // Ends the connection where the caller stopped early; after the last event it is a no-op.
    void events.cancel().catch(() => undefined);
  }
  throw interrupted();
}
