/*
name: analyze_stalled_high_stage_deals
title: Stalled late-stage deals
purpose: Deals in Propose or Negotiate that have not moved for a long time, longest first.
parameters:
  min_days:
    type: integer
    default: 60
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
  close_date: {description: Day the deal is expected to close.}
  next_step: {description: The next action written down.}
  primary_contact: {description: Person the deal is worked with.}
  contact_title: {description: Job title of that person.}
result: {rows: deals}
chart: {type: table}
example_questions:
  - Which late-stage deals are stalled?
  - Which deals in Propose or Negotiate have been stuck for more than 60 days?
synonyms: [stalled high stage deals, stuck late-stage deals]
*/
-- query: deals
SELECT
  account_name,
  opportunity_name,
  stage,
  amount,
  probability,
  days_in_stage,
  close_date,
  next_step,
  primary_contact,
  contact_title
FROM opportunities
WHERE late_stage AND days_in_stage > $min_days
ORDER BY days_in_stage DESC, amount DESC, opportunity_id
