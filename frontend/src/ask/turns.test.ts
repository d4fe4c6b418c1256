import { expect, test } from "vitest";
import { ApiError, interrupted } from "../api/errors";
import type { Answer, ConversationBody, StreamEvent } from "../api/types";
import { isAsking, NOTHING, reduce, type Action, type Conversation } from "./turns";

const ANSWER: Answer = {
  status: "answered",
  answer: "**Pipeline**: $10",
  conversation_id: "conv_1",
  has_context: false,
  queries: [],
  visualizations: [],
  key_metrics: {},
  functions_executed: [],
  execution_summary: "",
  data_sources: [],
  streaming_complete: true,
  interpretation: "Pipeline",
  follow_ups: [],
  options: [],
  provenance: {
    warehouse_version: 1,
    model_version: "m",
    as_of: "2025-02-15",
    planner: "builtin",
    model: null,
    unverified_numbers: [],
  },
};

const EVENTS: StreamEvent[] = [
  { status: "started", conversation_id: "conv_1" },
  { status: "processing", message: "Pipeline; all dates" },
  { status: "function_call", current_function: "semantic_query" },
  { status: "function_complete", current_function: "semantic_query", row_count: 1 },
  { status: "answer_delta", text: "**Pipe" },
  { status: "answer_delta", text: "line**" },
];

function play(actions: Action[], from: Conversation = NOTHING): Conversation {
  return actions.reduce(reduce, from);
}

const ask = (question: string, turn = "t1"): Action => ({ type: "asked", turn, question });
const events = (list: StreamEvent[]): Action[] => list.map((event) => ({ type: "event", event }));

test("a question opens a turn and names the conversation", () => {
  const { turns, title } = play([ask("pipeline")]);
  expect(title).toBe("pipeline");
  expect(turns).toHaveLength(1);
  expect(isAsking(play([ask("pipeline")]))).toBe(true);
});

test("events tell what is being done, and only the last step is open", () => {
  const { id, turns } = play([ask("pipeline"), ...events(EVENTS)]);
  expect(id).toBe("conv_1");
  expect(turns[0]?.steps.map(({ label }) => label)).toEqual([
    "Reading the question",
    "Understood",
    "Computing",
    "Computed",
  ]);
  expect(turns[0]?.steps.every(({ done }) => done)).toBe(true);
  expect(turns[0]?.text).toBe("**Pipeline**");
});

test("complete replaces the text so far, and its outcome is the answer's status", () => {
  const complete = { ...ANSWER, status: "complete", outcome: "refused" } as StreamEvent;
  const after = play([ask("weather"), ...events([...EVENTS, complete])]);
  expect(after.turns[0]).toMatchObject({ state: "done", text: "", answer: { status: "refused" } });
  expect(isAsking(after)).toBe(false);
});

test("nothing that comes after stopping changes the turn", () => {
  const stopped = play([ask("pipeline"), { type: "stopped" }]);
  expect(play(events(EVENTS), stopped)).toEqual(stopped);
});

test("a lost connection keeps the question, and asking it again takes its place", () => {
  const lost = play([ask("pipeline"), { type: "failed", error: interrupted() }]);
  expect(lost.turns[0]).toMatchObject({ state: "failed", question: "pipeline" });
  const again = play([ask("pipeline", "t2")], lost);
  expect(again.turns.map(({ id }) => id)).toEqual(["t2"]);
  const other = play([ask("win rate", "t3")], lost);
  expect(other.turns.map(({ id }) => id)).toEqual(["t1", "t3"]);
});

test("an answered question asked again is a turn of its own", () => {
  const complete = { ...ANSWER, status: "complete", outcome: "answered" } as StreamEvent;
  const done = play([ask("pipeline"), ...events([complete])]);
  expect(play([ask("pipeline", "t2")], done).turns).toHaveLength(2);
});

test("a stored conversation is shown as it was answered", () => {
  const stored: ConversationBody = {
    conversation_id: "conv_1",
    title: "Pipeline",
    created_at: "",
    updated_at: "",
    turns: [
      {
        number: 1,
        question: "pipeline",
        status: "answered",
        answer: ANSWER,
        created_at: "",
        elapsed_ms: 1,
      },
    ],
  };
  const shown = play([{ type: "opened", conversation: stored }]);
  expect(shown).toMatchObject({ id: "conv_1", turns: [{ state: "done", answer: ANSWER }] });
});

test("a refusal of the server is no lost connection", () => {
  const error = new ApiError("No", "no-data", 409);
  expect(play([ask("x"), { type: "failed", error }]).turns[0]?.error?.isConnection).toBe(false);
});
