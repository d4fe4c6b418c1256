import { expect, test } from "vitest";
import { describe, isComplete, NEW_REPORT, toName, toSpec } from "./definition";

test.each([
  ["Weekly pipeline", "weekly_pipeline"],
  ["2025: Übersicht!", "u_bersicht"],
  ["!!!", "report"],
])("%s is kept as %s", (title, name) => {
  expect(toName(title)).toBe(name);
});

test("a report needs a title, a part and a format", () => {
  expect(isComplete(NEW_REPORT)).toBe(false);
  expect(isComplete({ ...NEW_REPORT, title: "A" })).toBe(true);
  expect(isComplete({ ...NEW_REPORT, title: "A", hasDashboard: false })).toBe(false);
  expect(isComplete({ ...NEW_REPORT, title: "A", isPdf: false })).toBe(false);
});

test("each line is a question, each address a recipient", () => {
  const spec = toSpec({
    ...NEW_REPORT,
    title: "Monday",
    questions: "win rate\n\n pipeline by stage ",
    emails: "a@example.com, b@example.com",
  });
  expect(spec.sections).toEqual([
    { dashboard: true },
    { question: "win rate" },
    { question: "pipeline by stage" },
  ]);
  expect(spec.recipients).toEqual({
    folder: ["monday"],
    email: ["a@example.com", "b@example.com"],
  });
});

test("a definition in words", () => {
  const definition = {
    sections: [{ dashboard: true }],
    alerts: [{}, {}],
    recipients: { email: ["a@example.com"], webhook: [{}] },
  };
  expect(describe(definition)).toBe("1 part · 2 alerts · PDF · to a@example.com, a webhook");
  expect(describe(null)).toBe("");
});
