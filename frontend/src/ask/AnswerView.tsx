// One answer: cards, prose, charts and tables with their work, then where to go next.
import type { Answer, QueryBody, Visualization } from "../api/types";
import { ResultView } from "../results/ResultView";
import { ShowWork } from "../results/ShowWork";
import { formatCount } from "../results/format";
import { Cards } from "./Cards";
import { PinButton } from "./PinButton";
import { Prose } from "./Prose";

interface Props {
  answer: Answer;
  question: string;
  ask: (question: string) => void;
  busy: boolean;
}

export function AnswerView({ answer, question, ask, busy }: Props) {
  const isAnswered = answer.status === "answered";
  return (
    <div className={`answer answer-${answer.status}`}>
      {!isAnswered && <p className="answer-kind">{KIND[answer.status]}</p>}
      <Cards metrics={answer.key_metrics} />
      <Prose text={answer.answer} shown={answer.queries.map((query) => titleOf(query, answer))} />
      <Options answer={answer} ask={ask} busy={busy} />
      {answer.queries.map((query) => (
        <QueryView key={query.id} query={query} answer={answer} question={question} />
      ))}
      <FollowUps answer={answer} ask={ask} busy={busy} />
      <Provenance answer={answer} />
    </div>
  );
}

const KIND: Record<Answer["status"], string> = {
  answered: "",
  clarification: "Which one do you mean?",
  refused: "This cannot be answered from the data",
  no_data: "Nothing matches",
};

/** Readings to choose from, or what is available instead, each with its number. */
function Options({ answer, ask, busy }: Omit<Props, "question">) {
  if (answer.options.length === 0) return null;
  const isChoice = answer.status === "clarification";
  return (
    <div className="options" role="group" aria-label={isChoice ? "Readings" : "What can be asked"}>
      {answer.options.map((option) => (
        <button
          key={option.label + option.question}
          type="button"
          className="option"
          disabled={busy}
          onClick={() => ask(option.question)}
        >
          <span className="option-label">{option.label}</span>
          {option.preview !== "" && <span className="option-preview">{option.preview}</span>}
        </button>
      ))}
    </div>
  );
}

function QueryView({
  query,
  answer,
  question,
}: {
  query: QueryBody;
  answer: Answer;
  question: string;
}) {
  const chart = answer.visualizations.find(({ query_id }) => query_id === query.id);
  const insights = newInsights(chart, answer);
  const isCards = chart?.chart_type === "metrics" && Object.keys(answer.key_metrics).length > 0;
  const { warehouse_version, model_version, as_of } = answer.provenance;
  return (
    <div className={isCards ? "query query-bare" : "query card"}>
      {!isCards && (
        <ResultView
          title={titleOf(query, answer)}
          result={query}
          sql={query.semantic_sql}
          asOf={as_of}
          spec={chart?.spec}
          kind={chart?.chart_type ?? "table"}
          actions={<PinButton title={query.title || question} query={query} chart={chart} />}
        />
      )}
      {insights.length > 0 && (
        <ul className="insights">
          {insights.map((insight) => (
            <li key={insight}>{insight}</li>
          ))}
        </ul>
      )}
      <ShowWork
        query={query}
        interpretation={answer.interpretation}
        version={warehouse_version}
        modelVersion={model_version}
        asOf={as_of}
      />
    </div>
  );
}

function titleOf(query: QueryBody, answer: Answer): string {
  const chart = answer.visualizations.find(({ query_id }) => query_id === query.id);
  return chart?.title ?? query.title;
}

/** Insights the prose does not say already. */
function newInsights(chart: Visualization | undefined, answer: Answer): string[] {
  return (chart?.key_insights ?? []).filter((insight) => !answer.answer.includes(insight));
}

function FollowUps({ answer, ask, busy }: Omit<Props, "question">) {
  if (answer.follow_ups.length === 0) return null;
  return (
    <div className="chips" role="group" aria-label="Ask next">
      {answer.follow_ups.map((question) => (
        <button
          key={question}
          type="button"
          className="chip"
          disabled={busy}
          onClick={() => ask(question)}
        >
          {question}
        </button>
      ))}
    </div>
  );
}

function Provenance({ answer }: { answer: Answer }) {
  const { warehouse_version, as_of, planner, model, unverified_numbers } = answer.provenance;
  const parts = [
    answer.data_sources.length > 0 ? `From ${answer.data_sources.join(", ")}` : "",
    warehouse_version === null ? "" : `data version ${warehouse_version}`,
    `as of ${as_of}`,
    answer.queries.length > 0 ? formatCount(answer.queries.length, "query", "queries") : "",
    planner === "builtin" ? "built-in planner" : `planned by ${model ?? planner}`,
  ];
  return (
    <footer className="provenance">
      <p>{parts.filter((part) => part !== "").join(" · ")}</p>
      {unverified_numbers.length > 0 && (
        <p className="note-inline">
          Numbers that no result contains were taken out: {unverified_numbers.join(", ")}.
        </p>
      )}
    </footer>
  );
}
