/*
name: get_comprehensive_pipeline_health
title: Pipeline health by stage
purpose: >-
  Open deals by stage with a health score from 0 to 100: half the average probability, plus 50
  points for age that fall by 0.6 for every day in stage beyond 15. Excellent from 75, Good from
  60, Fair from 40, else Poor.
columns:
  stage: {description: Stage of the deals.}
  deal_count: {label: Open deals, description: Number of open deals.}
  total_value: {label: Total value, description: Amount of the open deals.}
  weighted_value: {label: Weighted value, description: Amount times probability., format: currency}
  avg_probability: {description: 'Mean probability, 0 to 100.'}
  avg_days_in_stage: {description: Mean days since the deals were created.}
  health_score: {label: Health score, description: Score from 0 to 100., format: number}
  health_status: {label: Health, description: 'Excellent, Good, Fair or Poor.'}
result: {rows: stages}
chart: {type: bar, x: stage, y: [total_value, weighted_value]}
example_questions:
  - How healthy is our pipeline?
  - Give me a pipeline health check
  - What is the health score of each stage?
synonyms: [pipeline health, comprehensive pipeline health, health check of the pipeline]
*/
-- query: stages
WITH by_stage AS (
  SELECT
    stage,
    MEASURE(open_deals) AS deal_count,
    MEASURE(pipeline_value) AS total_value,
    MEASURE(weighted_pipeline) AS weighted_value,
    MEASURE(avg_probability) AS avg_probability,
    MEASURE(avg_days_in_stage) AS avg_days_in_stage
  FROM opportunities
  WHERE open
  GROUP BY stage
),
scored AS (
  SELECT
    stage,
    deal_count,
    total_value,
    weighted_value,
    avg_probability,
    avg_days_in_stage,
    0.5 * avg_probability
      + CASE WHEN avg_days_in_stage IS NOT NULL
        THEN GREATEST(0, 50 - 0.6 * GREATEST(0, avg_days_in_stage - 15)) END AS health_score
  FROM by_stage
)
SELECT
  stage,
  deal_count,
  total_value,
  weighted_value,
  avg_probability,
  avg_days_in_stage,
  health_score,
  CASE WHEN health_score >= 75 THEN 'Excellent'
    WHEN health_score >= 60 THEN 'Good'
    WHEN health_score >= 40 THEN 'Fair'
    WHEN health_score IS NOT NULL THEN 'Poor' END AS health_status
FROM scored
ORDER BY total_value DESC, stage
