/*
name: compare_performance_metrics
title: Performance compared across a dimension
purpose: >-
  One metric for every member of a dimension, best first, against the plain mean of all members.
  A member without a value (a rate over nothing) counts as 0; the sample size says how much
  stands behind it.
parameters:
  dimension:
    type: dimension
    model: opportunities
    default: product_category
    description: What to compare, such as product_category, lead_source or opportunity_type.
  metric:
    type: metric
    model: opportunities
    default: win_rate
    description: The metric to compare by, such as win_rate, avg_deal_size or pipeline_value.
columns:
  category: {label: Member, description: Member of the dimension.}
  metric_name: {label: Metric, description: Name of the metric.}
  metric_value: {label: Value, description: 'Value of the metric; a share is 0 to 100.', format: number}
  sample_size: {label: Deals, description: 'Number of deals, open and closed.', format: integer}
  dimension: {label: Dimension, description: Name of the dimension.}
  vs_average:
    label: Against the average (%)
    description: How far the value is above or below the mean of all members.
    format: number
  performance: {label: Performance, description: above average or below average.}
result: {rows: members}
chart: {type: bar, x: category, y: [metric_value]}
example_questions:
  - How do product categories compare in performance?
  - Which product category performs above average?
synonyms: [compare performance, performance comparison, performance by dimension]
*/
-- query: members
WITH measured AS (
  SELECT
    "{dimension}" AS category,
    COALESCE({metric_factor} * MEASURE("{metric}"), 0) AS metric_value,
    COUNT(*) AS sample_size
  FROM opportunities
  GROUP BY "{dimension}"
),
compared AS (
  SELECT
    category,
    metric_value,
    sample_size,
    AVG(metric_value) OVER () AS average
  FROM measured
)
SELECT
  category,
  '{metric}' AS metric_name,
  metric_value,
  sample_size,
  '{dimension}' AS dimension,
  100 * (metric_value - average) / average AS vs_average,
  CASE WHEN metric_value > average THEN 'above average'
    WHEN metric_value < average THEN 'below average'
    ELSE 'average' END AS performance
FROM compared
ORDER BY metric_value DESC, sample_size DESC, category
