/*
name: analyze_c_level_engagement
title: C-level engagement in late-stage deals
purpose: >-
  Deals in Propose or Negotiate with and without a primary contact at C-level (chief officers):
  count, value, average size and average probability.
columns:
  engagement: {label: Engagement, description: Whether the primary contact is at C-level.}
  deal_count: {label: Deals, description: Number of late-stage deals.}
  total_value: {label: Total value, description: Amount of these deals.}
  avg_deal_size: {description: Mean amount of these deals.}
  avg_probability: {description: 'Mean probability of these deals, 0 to 100.'}
result: {rows: engagement}
chart: {type: bar, x: engagement, y: [deal_count]}
example_questions:
  - How many late-stage deals have a C-level contact?
  - What is our C-level engagement in late-stage deals?
  - Are executives involved in our late-stage deals?
synonyms: [c-level engagement, executive engagement, executive involvement]
*/
-- query: engagement
WITH late AS (
  SELECT
    CASE WHEN c_level_engaged THEN 'With C-level contact'
      ELSE 'Without C-level contact' END AS engagement,
    amount,
    probability
  FROM opportunities
  WHERE late_stage
)
SELECT
  engagement,
  COUNT(*) AS deal_count,
  SUM(amount) AS total_value,
  AVG(amount) AS avg_deal_size,
  AVG(probability) AS avg_probability
FROM late
GROUP BY engagement
ORDER BY engagement
