/*
name: analyze_next_steps_by_outcome
title: Next steps by outcome
purpose: The next steps most often written down on won and on lost deals.
parameters:
  limit: {type: integer, default: 10, min: 1, max: 1000, description: How many per outcome.}
columns:
  next_step: {description: The next step as written down.}
  outcome: {label: Outcome, description: Won or Lost.}
  frequency: {label: Deals, description: Number of deals with it.}
  avg_deal_size: {label: Average deal size, description: Mean amount of these deals., format: currency}
result: {rows: next_steps}
chart: {type: bar, x: next_step, y: [frequency]}
example_questions:
  - Which next steps go with won and with lost deals?
  - How do next steps differ by outcome?
synonyms: [next steps by outcome, next steps of won and lost deals]
*/
-- query: next_steps
WITH counted AS (
  SELECT
    next_step,
    CASE WHEN stage = 'Closed Won' THEN 'Won' ELSE 'Lost' END AS outcome,
    COUNT(*) AS frequency,
    AVG(amount) AS avg_deal_size,
    MIN(opportunity_id) AS first_seen
  FROM opportunities
  WHERE closed AND next_step IS NOT NULL
  GROUP BY ALL
),
ranked AS (
  SELECT
    next_step,
    outcome,
    frequency,
    avg_deal_size,
    ROW_NUMBER() OVER (PARTITION BY outcome ORDER BY frequency DESC, first_seen) AS position
  FROM counted
)
SELECT next_step, outcome, frequency, avg_deal_size
FROM ranked
WHERE position <= $limit
ORDER BY outcome DESC, position
