/*
name: analyze_win_rates_by_type
title: Win rates by opportunity type
purpose: Won and lost deals, win rate and average deal size of closed deals by opportunity type.
columns:
  opportunity_type: {description: 'New business, expansion or renewal.'}
  deals_won: {label: Deals won, description: Number of deals won.}
  deals_lost: {label: Deals lost, description: Number of deals lost.}
  total_deals: {label: Closed deals, description: Number of deals won or lost.}
  win_rate_percent:
    label: Win rate (%)
    description: Deals won as a share of closed deals, 0 to 100.
    format: number
  avg_deal_size: {description: Mean amount of the closed deals.}
result: {rows: types}
chart: {type: bar, x: opportunity_type, y: [win_rate_percent]}
example_questions:
  - How do win rates compare between new business, expansion and renewal?
  - What is the win rate by deal type with average deal size?
synonyms: [win rate by opportunity type, win rates by deal type]
*/
-- query: types
SELECT
  opportunity_type,
  MEASURE(won_deals) AS deals_won,
  MEASURE(lost_deals) AS deals_lost,
  MEASURE(closed_deals) AS total_deals,
  100 * MEASURE(win_rate) AS win_rate_percent,
  MEASURE(avg_deal_size) AS avg_deal_size
FROM opportunities
WHERE closed
GROUP BY opportunity_type
ORDER BY win_rate_percent DESC, opportunity_type
