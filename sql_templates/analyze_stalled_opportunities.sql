/*
name: analyze_stalled_opportunities
title: Stalled opportunities
purpose: >-
  Deals in Qualify or Propose for longer than a number of days, longest first, with contact and
  urgency (High above 60 days, Medium above 30, else Low).
parameters:
  min_days:
    type: integer
    default: 30
    min: 0
    max: 36500
    description: A deal counts as stalled after more days than this.
columns:
  account_name: {label: Account, description: The company the deal is with.}
  opportunity_name: {label: Opportunity, description: Name of the deal.}
  stage: {description: Stage the deal is in.}
  amount: {description: Value of the deal.}
  probability: {description: 'Chance to win as the CRM states it, 0 to 100.'}
  days_in_stage: {description: Days since the deal was created.}
  next_step: {description: The next action written down.}
  primary_contact: {description: Person the deal is worked with.}
  contact_title: {description: Job title of that person.}
  urgency_level: {label: Urgency, description: 'High above 60 days, Medium above 30, else Low.'}
result: {rows: deals}
chart: {type: table}
example_questions:
  - Which opportunities are stalled?
  - Which deals are stuck in Qualify or Propose?
  - List the stalled deals with their contacts
synonyms: [stalled opportunities, stuck opportunities, stale deals]
*/
-- query: deals
SELECT
  account_name,
  opportunity_name,
  stage,
  amount,
  probability,
  days_in_stage,
  next_step,
  primary_contact,
  contact_title,
  CASE WHEN days_in_stage > 60 THEN 'High'
    WHEN days_in_stage > 30 THEN 'Medium'
    ELSE 'Low' END AS urgency_level
FROM opportunities
WHERE stage IN ('Qualify', 'Propose') AND days_in_stage > $min_days
ORDER BY days_in_stage DESC, close_date, opportunity_id
