/*
name: analyze_winning_contact_titles
title: Contact titles on won deals
purpose: Job titles of the primary contacts of won deals, with share of wins and average size.
parameters:
  limit: {type: integer, default: 15, min: 1, max: 1000, description: How many titles to list.}
columns:
  title: {label: Title, description: Job title of the primary contact.}
  won_deals_count: {label: Won deals, description: Number of won deals with such a contact.}
  percentage_of_wins:
    label: Share of wins (%)
    description: 'Share of all won deals, those without a contact included, 0 to 100.'
    format: number
  avg_deal_size: {description: Mean amount of these won deals.}
result: {rows: titles}
chart: {type: bar, x: title, y: [won_deals_count]}
example_questions:
  - Which contact titles win the most deals?
  - What job titles are on our won deals?
  - Who should we talk to in order to win?
synonyms: [winning contact titles, titles of won deals, winning titles]
*/
-- query: titles
SELECT
  contact_title AS title,
  MEASURE(won_deals) AS won_deals_count,
  100 * MEASURE(won_deals) / (SELECT MEASURE(won_deals) FROM opportunities) AS percentage_of_wins,
  MEASURE(avg_deal_size) AS avg_deal_size
FROM opportunities
WHERE won AND contact_title IS NOT NULL
GROUP BY contact_title
ORDER BY won_deals_count DESC, MIN(opportunity_id)
LIMIT $limit
