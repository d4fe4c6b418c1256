// One turn: the question, how far its answer is, the answer, or what kept it from coming.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { healthQuery } from "../api/queries";
import { Button, ErrorNote } from "../ui/Parts";
import { Check } from "../ui/icons";
import { AnswerView } from "./AnswerView";
import { useTalk } from "./conversation";
import { Prose } from "./Prose";
import type { Step, Turn } from "./turns";

export function TurnView({ turn }: { turn: Turn }) {
  const { ask, asking } = useTalk();
  const again = () => ask(turn.question);
  return (
    <article className="turn" aria-label={turn.question} aria-busy={turn.state === "asking"}>
      <h2 className="question">{turn.question}</h2>
      {turn.state === "asking" && <Progress turn={turn} />}
      {turn.answer && (
        <AnswerView answer={turn.answer} question={turn.question} ask={ask} busy={asking} />
      )}
      {turn.state === "stopped" && (
        <div className="note">
          <div className="note-text">
            <p>Stopped before the answer was complete.</p>
            <Button className="note-action" onClick={again}>
              Ask again
            </Button>
          </div>
        </div>
      )}
      {turn.error?.isConnection === true && <LostConnection turn={turn} retry={again} />}
      {turn.error?.isConnection === false && <ErrorNote error={turn.error} retry={again} />}
    </article>
  );
}

function Progress({ turn }: { turn: Turn }) {
  return (
    <div className="progress">
      <ol className="steps" role="status" aria-label="Progress">
        {turn.steps.map((step, at) => (
          <StepLine key={at} step={step} />
        ))}
        {turn.steps.length === 0 && <StepLine step={{ label: "Asking the server", done: false }} />}
      </ol>
      {turn.text !== "" && <Prose text={turn.text} />}
    </div>
  );
}

function StepLine({ step }: { step: Step }) {
  return (
    <li className={step.done ? "step step-done" : "step"}>
      {step.done ? <Check aria-hidden size={14} /> : <span className="spinner" aria-hidden />}
      <span>{step.label}</span>
      {step.detail !== undefined && <span className="muted">{step.detail}</span>}
    </li>
  );
}

/** Waits for the server, reads the conversation again, and offers to ask once more. */
function LostConnection({ turn, retry }: { turn: Turn; retry: () => void }) {
  const { recover } = useTalk();
  const health = useQuery(healthQuery);
  const wasAway = useRef(false);
  const isBack = health.isSuccess && !health.isFetching;
  useEffect(() => {
    if (health.isError) wasAway.current = true;
    if (isBack) void recover();
  }, [health.isError, isBack, recover]);
  return <ErrorNote error={turn.error} retry={health.isError ? undefined : retry} />;
}
