// The turns of one conversation as a reducer: what was asked, how far it is, what came back.
// Used by conversation.tsx. Invariant: at most one turn is `asking`, and it is the last.
import type { ApiError } from "../api/errors";
import type { Answer, ConversationBody, StreamEvent } from "../api/types";

export interface Step {
  label: string;
  detail?: string;
  done: boolean;
}

export interface Turn {
  id: string;
  question: string;
  state: "asking" | "done" | "failed" | "stopped";
  steps: Step[];
  /** The text so far, while the answer is still being written. */
  text: string;
  answer?: Answer;
  error?: ApiError;
}

export interface Conversation {
  id: string | null;
  title: string;
  turns: Turn[];
}

export type Action =
  | { type: "opened"; conversation: ConversationBody }
  | { type: "cleared" }
  | { type: "asked"; turn: string; question: string }
  | { type: "event"; event: StreamEvent }
  | { type: "failed"; error: ApiError }
  | { type: "stopped" };

export const NOTHING: Conversation = { id: null, title: "", turns: [] };

export function reduce(conversation: Conversation, action: Action): Conversation {
  switch (action.type) {
    case "opened":
      return toConversation(action.conversation);
    case "cleared":
      return NOTHING;
    case "asked":
      return ask(conversation, action.turn, action.question);
    case "event":
      return takeEvent(conversation, action.event);
    case "failed":
      return changeLast(conversation, { state: "failed", error: action.error });
    case "stopped":
      return changeLast(conversation, { state: "stopped" });
  }
}

export function isAsking(conversation: Conversation): boolean {
  return conversation.turns.at(-1)?.state === "asking";
}

function toConversation(stored: ConversationBody): Conversation {
  return {
    id: stored.conversation_id,
    title: stored.title,
    turns: stored.turns.map((turn) => ({
      id: `${stored.conversation_id}-${turn.number}`,
      question: turn.question,
      state: "done",
      steps: [],
      text: "",
      answer: turn.answer,
    })),
  };
}

function ask(conversation: Conversation, id: string, question: string): Conversation {
  // A question asked again takes the place of the one that failed or was stopped.
  const last = conversation.turns.at(-1);
  const again = last !== undefined && last.state !== "done" && last.question === question;
  const kept = again ? conversation.turns.slice(0, -1) : conversation.turns;
  const turn: Turn = { id, question, state: "asking", steps: [], text: "" };
  return {
    ...conversation,
    title: conversation.title === "" ? question : conversation.title,
    turns: [...kept, turn],
  };
}

function takeEvent(conversation: Conversation, event: StreamEvent): Conversation {
  const turn = conversation.turns.at(-1);
  if (turn?.state !== "asking") return conversation;
  switch (event.status) {
    case "started":
      return changeLast(
        { ...conversation, id: event.conversation_id },
        { steps: [{ label: "Reading the question", done: false }] },
      );
    case "processing":
      return addStep(conversation, { label: "Understood", detail: event.message, done: true });
    case "function_call":
      return addStep(conversation, {
        label: "Computing",
        detail: nameOf(event.current_function),
        done: false,
      });
    case "function_complete":
      return addStep(conversation, {
        label: "Computed",
        detail: rows(event.row_count),
        done: true,
      });
    case "creating_visualizations":
      return addStep(conversation, { label: "Drawing charts", done: false });
    case "generating_response":
      return addStep(conversation, { label: "Writing the answer", done: false });
    case "answer_delta":
      return changeLast(conversation, { text: turn.text + event.text });
    case "complete":
      return changeLast(conversation, {
        state: "done",
        answer: { ...event, status: event.outcome },
        text: "",
      });
    default:
      return conversation; // `error` is thrown by the caller, later kinds are not ours to know
  }
}

function addStep(conversation: Conversation, step: Step): Conversation {
  const steps = conversation.turns.at(-1)?.steps ?? [];
  return changeLast(conversation, {
    steps: [...steps.map((earlier) => ({ ...earlier, done: true })), step],
  });
}

function changeLast(conversation: Conversation, change: Partial<Turn>): Conversation {
  const last = conversation.turns.at(-1);
  if (last?.state !== "asking") return conversation;
  return { ...conversation, turns: [...conversation.turns.slice(0, -1), { ...last, ...change }] };
}

function nameOf(called: string): string {
  return called === "semantic_query" ? "a governed query" : called.replaceAll("_", " ");
}

function rows(count: number): string {
  return count === 1 ? "1 row" : `${count} rows`;
}
