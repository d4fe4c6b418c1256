/*
name: analyze_overdue_next_steps
title: Overdue next steps
purpose: >-
  Open deals whose next step has waited longer than a number of days, most urgent first. The
  export does not say when a next step was written down, so the wait is counted from creation.
parameters:
  min_days:
    type: integer
    default: 30
    min: 0
    max: 36500
    description: A next step is overdue after more days than this.
columns:
  account_name: {label: Account, description: The company the deal is with.}
  opportunity_name: {label: Opportunity, description: Name of the deal.}
  stage: {description: Stage the deal is in.}
  amount: {description: Value of the deal.}
  days_in_stage: {description: Days since the deal was created.}
  next_step: {description: The next action written down.}
  close_date: {description: Day the deal is expected to close.}
  urgency_score: {label: Urgency, description: Days the next step has waited., format: integer}
result: {rows: deals}
chart: {type: table}
example_questions:
  - Which next steps are overdue?
  - Which open deals need action now?
  - Show deals with overdue next steps
synonyms: [overdue next steps, late next steps, overdue actions]
*/
-- query: deals
SELECT
  account_name,
  opportunity_name,
  stage,
  amount,
  days_in_stage,
  next_step,
  close_date,
  days_in_stage AS urgency_score
FROM opportunities
WHERE open AND next_step IS NOT NULL AND days_in_stage > $min_days
ORDER BY urgency_score DESC, close_date, opportunity_id
