// The open conversation for the whole page: asking goes on while another area is looked at.
// Invariant: one stream at a time; leaving a conversation or stopping closes its connection.
import { useQueryClient, type QueryClient, type QueryKey } from "@tanstack/react-query";
import {
  createContext,
  use,
  useCallback,
  useMemo,
  useReducer,
  useRef,
  type ReactNode,
} from "react";
import { getConversation } from "../api/client";
import { ApiError, isAbort, toError } from "../api/errors";
import { conversationsQuery, healthQuery } from "../api/queries";
import { askStream, type Question } from "../api/stream";
import type { ConversationBody, StreamEvent } from "../api/types";
import { isAsking, NOTHING, reduce, type Action, type Conversation } from "./turns";

export interface Talk {
  conversation: Conversation;
  asking: boolean;
  ask: (question: string) => void;
  /** The same in a conversation of its own. */
  askAnew: (question: string) => void;
  stop: () => void;
  show: (stored: ConversationBody) => void;
  clear: () => void;
  /** After a lost connection: what the server has kept, in case the answer got that far. */
  recover: () => Promise<void>;
}

const TalkContext = createContext<Talk | null>(null);

export function useTalk(): Talk {
  const talk = use(TalkContext);
  if (talk === null) throw new Error("useTalk outside of TalkProvider");
  return talk;
}

export function TalkProvider({ children }: { children: ReactNode }) {
  const [conversation, dispatch] = useReducer(reduce, NOTHING);
  const queries = useQueryClient();
  const running = useRef<AbortController | null>(null);

  const start = useCallback(
    (question: string, id: string | null) => {
      running.current?.abort();
      const control = new AbortController();
      running.current = control;
      dispatch({ type: "asked", turn: crypto.randomUUID(), question });
      const body: Question = id === null ? { question } : { question, conversation_id: id };
      void follow(askStream(body, control.signal), control.signal, dispatch).then(() =>
        Promise.all([
          readAgain(queries, conversationsQuery.queryKey),
          readAgain(queries, healthQuery.queryKey),
        ]),
      );
    },
    [queries],
  );

  const stop = useCallback(() => {
    running.current?.abort();
    dispatch({ type: "stopped" });
  }, []);

  const clear = useCallback(() => {
    running.current?.abort();
    dispatch({ type: "cleared" });
  }, []);

  const show = useCallback((stored: ConversationBody) => {
    running.current?.abort();
    dispatch({ type: "opened", conversation: stored });
  }, []);

  const { id, turns } = conversation;
  const answered = turns.filter((turn) => turn.state === "done").length;
  const recover = useCallback(async () => {
    if (id === null) return;
    const stored = await getConversation(id).catch(() => null);
    if (stored !== null && stored.turns.length > answered) show(stored);
  }, [id, answered, show]);

  const talk = useMemo<Talk>(
    () => ({
      conversation,
      asking: isAsking(conversation),
      // The server keeps a conversation with its first answer; before, it does not know the id.
      ask: (question) => start(question, answered === 0 ? null : id),
      askAnew: (question) => {
        clear();
        start(question, null);
      },
      stop,
      show,
      clear,
      recover,
    }),
    [conversation, id, answered, start, stop, show, clear, recover],
  );
  return <TalkContext value={talk}>{children}</TalkContext>;
}

/** A first read that is still under way may have seen the time before; it is given up. */
async function readAgain(queries: QueryClient, queryKey: QueryKey): Promise<void> {
  await queries.cancelQueries({ queryKey });
  await queries.invalidateQueries({ queryKey });
}

/** Hands each event to the reducer; whatever ends the stream early becomes the turn's error. */
async function follow(
  events: AsyncIterable<StreamEvent>,
  signal: AbortSignal,
  dispatch: (action: Action) => void,
): Promise<void> {
  try {
    for await (const event of events) {
      if (signal.aborted) return;
      if (event.status === "error") throw toProblem(event);
      dispatch({ type: "event", event });
    }
  } catch (reason) {
    if (isAbort(reason) || signal.aborted) return;
    dispatch({ type: "failed", error: toError(reason) });
  }
}

function toProblem(event: Extract<StreamEvent, { status: "error" }>): ApiError {
  const { code, status, issues } = event.problem;
  return new ApiError(event.error, code, status, issues);
}
