/*
name: calculate_pipeline_trends
title: Pipeline trends by month
purpose: >-
  For each of the last complete months: the deals created in it, their amount that is still
  open, their average size and their win rate (0 where none has closed). The summary looks at
  the months before the last one, whose deals are still coming in.
parameters:
  months:
    type: integer
    default: 4
    min: 2
    max: 36
    description: How many complete months to look at.
columns:
  period: {label: Month, description: Month in which the deals were created.}
  total_pipeline: {label: Pipeline, description: Amount of these deals that is open., format: currency}
  new_opportunities: {label: New deals, description: Number of deals created., format: integer}
  avg_deal_size: {label: Average deal size, description: Mean amount of these deals., format: currency}
  win_rate: {label: Win rate (%), description: 'Won as a share of closed deals, 0 to 100.', format: number}
  summary:
    label: Summary
    description: >-
      Only in the last row, over the months before the last one: whether the pipeline of the
      last of them exceeds that of the first (increasing) or not (decreasing), by how many
      percent (0 where the first has none), its mean and its standard deviation.
result: {rows: months_listed, append: {summary: {query: summary, as: object}}}
chart: {type: line, x: period, y: [total_pipeline]}
example_questions:
  - How has the pipeline developed over the last months?
  - What are the pipeline trends?
  - How many new opportunities did we create per month?
synonyms: [pipeline trends, pipeline trend, pipeline development]
*/
-- query: months_listed
WITH digits AS (
  SELECT 0 AS n, TRUE AS pairs
  UNION ALL SELECT 1, TRUE UNION ALL SELECT 2, TRUE UNION ALL SELECT 3, TRUE
  UNION ALL SELECT 4, TRUE UNION ALL SELECT 5, TRUE
),
calendar AS (
  SELECT year(as_of()) * 12 + month(as_of()) - 2 - (a.n * 6 + b.n) AS month_number
  FROM digits AS a JOIN digits AS b ON a.pairs = b.pairs
  WHERE a.n * 6 + b.n < $months
  GROUP BY ALL
),
created AS (
  SELECT
    year(created_date) * 12 + month(created_date) - 1 AS month_number,
    MEASURE(pipeline_value) AS total_pipeline,
    MEASURE(deal_count) AS new_opportunities,
    MEASURE(avg_deal_size) AS avg_deal_size,
    100 * MEASURE(win_rate) AS win_rate
  FROM opportunities
  WHERE created_date IS NOT NULL
  GROUP BY ALL
)
SELECT
  CAST(calendar.month_number // 12 AS VARCHAR) || '-'
    || right('0' || CAST(calendar.month_number % 12 + 1 AS VARCHAR), 2) AS period,
  COALESCE(created.total_pipeline, 0) AS total_pipeline,
  COALESCE(created.new_opportunities, 0) AS new_opportunities,
  created.avg_deal_size AS avg_deal_size,
  COALESCE(created.win_rate, 0) AS win_rate
FROM calendar LEFT JOIN created ON created.month_number = calendar.month_number
ORDER BY calendar.month_number

-- query: summary
WITH digits AS (
  SELECT 0 AS n, TRUE AS pairs
  UNION ALL SELECT 1, TRUE UNION ALL SELECT 2, TRUE UNION ALL SELECT 3, TRUE
  UNION ALL SELECT 4, TRUE UNION ALL SELECT 5, TRUE
),
calendar AS (
  SELECT year(as_of()) * 12 + month(as_of()) - 2 - (a.n * 6 + b.n) AS month_number
  FROM digits AS a JOIN digits AS b ON a.pairs = b.pairs
  WHERE a.n * 6 + b.n < $months AND a.n * 6 + b.n > 0
  GROUP BY ALL
),
created AS (
  SELECT
    year(created_date) * 12 + month(created_date) - 1 AS month_number,
    MEASURE(pipeline_value) AS total_pipeline
  FROM opportunities
  WHERE created_date IS NOT NULL
  GROUP BY ALL
),
monthly AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY calendar.month_number) AS from_first,
    ROW_NUMBER() OVER (ORDER BY calendar.month_number DESC) AS from_last,
    COALESCE(created.total_pipeline, 0) AS pipeline
  FROM calendar LEFT JOIN created ON created.month_number = calendar.month_number
),
ends AS (
  SELECT
    SUM(CASE WHEN from_first = 1 THEN pipeline ELSE 0 END) AS first_pipeline,
    SUM(CASE WHEN from_last = 1 THEN pipeline ELSE 0 END) AS last_pipeline,
    AVG(pipeline) AS avg_monthly_pipeline,
    STDDEV_POP(pipeline) AS pipeline_volatility
  FROM monthly
)
SELECT
  CASE WHEN last_pipeline > first_pipeline THEN 'increasing' ELSE 'decreasing' END AS pipeline_trend,
  COALESCE(100 * (last_pipeline - first_pipeline) / first_pipeline, 0) AS pipeline_change_percent,
  avg_monthly_pipeline,
  pipeline_volatility
FROM ends
