"""A help desk of twelve tickets, eight invoices and five accounts, which can be added up by hand.

Used by the tests of turns of phrase; nothing in it is known to the planner but by its YAML.
"""

from __future__ import annotations

ACCOUNTS = """Account,Name,Owner,Email,Plan,Active,Staff
A1,Northwind Labs,Mia Torres,mia@northwind.example,Gold,yes,120
A2,Harbor Foods,Jon Pike,jon@harbor.example,Silver,yes,45
A3,Cedar Bank,Mia Torres,ops@cedar.example,Gold,yes,800
A4,Lumen Toys,Ravi Shah,,Bronze,no,12
A5,Elm Clinics,,desk@elm.example,Silver,no,64
"""
TICKETS = """No,Account,Agent,Product,Channel,Status,Opened,Closed,Response,Replies,Score,Escalated
TCK-00001,A1,Ana Bell,Login,Phone,Solved,2024-01-10,2024-01-14,2.0,3,5,no
TCK-00002,A1,Ana Bell,Billing,Chat,Solved,2024-02-10,2024-02-12,4.0,6,4,no
TCK-00003,A1,Bo Chen,Login,Phone,Open,2024-03-05,,6.0,9,,yes
TCK-00004,A2,Bo Chen,Reports,Chat,Solved,2024-03-20,2024-03-30,8.0,5,0,no
TCK-00005,A2,Ana Bell,Billing,Phone,Pending,2024-05-02,,1.0,9,3,yes
TCK-00006,A3,Cleo Diaz,Login,Mail,Solved,2024-06-11,2024-07-01,12.0,0,2,no
TCK-00007,A3,Cleo Diaz,Reports,Mail,Solved,2024-07-15,2024-07-21,3.0,10,5,yes
TCK-00008,A3,Ana Bell,Reports,Phone,Open,2024-08-08,,5.0,7,,no
TCK-00009,A3,,Billing,Chat,Open,2024-09-30,,,1,,no
TCK-00010,A4,Bo Chen,Login,Mail,Solved,2024-11-11,2024-11-19,7.0,8,1,yes
TCK-00011,A3,Ana Bell,Login,Phone,Solved,2025-01-05,2025-01-07,2.0,4,4,no
TCK-00012,A1,Bo Chen,Billing,Phone,Open,2025-02-01,,9.0,2,,no
"""
INVOICES = """Invoice,Account,Amount,Method,Paid,Issued,Paid On
INV-00001,A1,100.00,Card,yes,2024-01-31,2024-02-10
INV-00002,A1,250.00,Transfer,yes,2024-04-30,2024-05-30
INV-00003,A2,400.00,Card,yes,2024-05-31,2024-06-05
INV-00004,A2,900.00,,no,2024-08-31,
INV-00005,A3,1200.00,Transfer,yes,2024-10-31,2024-12-10
INV-00006,A3,1200.00,Card,no,2024-12-31,
INV-00007,A4,75.00,Card,yes,2025-01-15,2025-01-20
INV-00008,A1,500.00,,no,2025-01-31,
"""
FILES = {"accounts.csv": ACCOUNTS, "tickets.csv": TICKETS, "invoices.csv": INVOICES}
MODEL = """
name: help_desk
currency: EUR
sources:
  - name: accounts
    files: ["accounts.csv"]
    columns:
      Account: {to: account_id, type: text, required: true, unique: true}
      Name: {to: account_name, type: text}
      Owner: {to: owner, type: text}
      Email: {to: email, type: text}
      Plan: {to: plan, type: text}
      Active: {to: active, type: boolean}
      Staff: {to: employees, type: integer}
  - name: tickets
    files: ["tickets.csv"]
    columns:
      No: {to: ticket_id, type: text, required: true, unique: true}
      Account: {to: account_id, type: text}
      Agent: {to: agent, type: text}
      Product: {to: product, type: text}
      Channel: {to: channel, type: text}
      Status: {to: status, type: text}
      Opened: {to: opened_on, type: date, formats: ["%Y-%m-%d"]}
      Closed: {to: closed_on, type: date, formats: ["%Y-%m-%d"]}
      Response: {to: response_hours, type: "decimal(8,1)"}
      Replies: {to: replies, type: integer}
      Score: {to: score, type: integer}
      Escalated: {to: escalated, type: boolean}
  - name: invoices
    files: ["invoices.csv"]
    columns:
      Invoice: {to: invoice_id, type: text, required: true, unique: true}
      Account: {to: account_id, type: text}
      Amount: {to: amount, type: "decimal(12,2)"}
      Method: {to: payment_method, type: text}
      Paid: {to: paid, type: boolean}
      Issued: {to: issued_on, type: date, formats: ["%Y-%m-%d"]}
      Paid On: {to: paid_on, type: date, formats: ["%Y-%m-%d"]}
models:
  - name: tickets
    label: Tickets
    synonyms: [ticket, case, cases]
    source: tickets
    primary_key: ticket_id
    time: opened_on
    dimensions:
      - {name: ticket_id, label: Ticket number}
      - {name: account_id, hidden: true}
      - {name: agent, label: Agent}
      - {name: product, label: Product}
      - {name: channel, label: Channel}
      - {name: status, label: Status, order: [Open, Pending, Solved]}
      - {name: opened_on, label: Opening date, type: time}
      - {name: closed_on, label: Closing date, type: time}
      - {name: response_hours, label: First response (hours), type: number}
      - {name: resolution_days, label: Resolution time (days), type: number, format: days,
         expr: "date_diff('day', opened_on, closed_on)"}
      - {name: replies, label: Replies, type: number, format: integer}
      - {name: score, label: Score, type: number}
      - {name: escalated, label: Escalated, type: boolean}
    segments:
      - {name: resolved, label: Resolved, filter: "status = 'Solved'"}
    metrics:
      - {name: ticket_count, label: Tickets, agg: count, format: integer}
      - {name: resolved_tickets, label: Resolved tickets, agg: count, where: resolved,
         format: integer, better: higher}
      - {name: avg_resolution, label: Average resolution time (days), agg: avg,
         expr: resolution_days, format: days, better: lower, synonyms: [resolution time]}
      - {name: avg_response, label: Average first response (hours), agg: avg,
         expr: response_hours, better: lower, synonyms: [response time]}
      - {name: escalated_tickets, label: Escalations, agg: count, where: escalated,
         format: integer, better: lower}
      - {name: escalation_rate, label: Escalation rate,
         ratio: {of: escalated_tickets, to: ticket_count}, format: percent, better: lower}
      - {name: avg_score, label: Average score, agg: avg, expr: score, better: higher,
         synonyms: [satisfaction]}
  - name: accounts
    label: Accounts
    synonyms: [account, customer, customers]
    source: accounts
    primary_key: account_id
    dimensions:
      - {name: account_id, hidden: true}
      - {name: account_name, label: Account, synonyms: [customer]}
      - {name: owner, label: Account owner, synonyms: [owner]}
      - {name: email, label: Email}
      - {name: plan, label: Plan, order: [Bronze, Silver, Gold]}
      - {name: active, label: Active, type: boolean}
      - {name: employees, label: Employees, type: number, format: integer}
    metrics:
      - {name: account_count, label: Accounts, agg: count, format: integer}
  - name: invoices
    label: Invoices
    synonyms: [invoice]
    source: invoices
    primary_key: invoice_id
    time: issued_on
    dimensions:
      - {name: invoice_id, label: Invoice number}
      - {name: account_id, hidden: true}
      - {name: amount, label: Amount, type: number, format: currency}
      - {name: payment_method, label: Payment method}
      - {name: paid, label: Paid, type: boolean}
      - {name: issued_on, label: Issue date, type: time}
      - {name: paid_on, label: Payment date, type: time}
      - {name: days_to_pay, label: Days to pay, type: number, format: days,
         expr: "date_diff('day', issued_on, paid_on)"}
    metrics:
      - {name: invoice_count, label: Invoices, agg: count, format: integer}
      - {name: billed, label: Billed amount, agg: sum, expr: amount, format: currency,
         better: higher, synonyms: [billings, revenue]}
      - {name: paid_amount, label: Paid revenue, agg: sum, expr: amount, where: "paid",
         format: currency, better: higher}
      - {name: avg_days_to_pay, label: Average days to pay, agg: avg, expr: days_to_pay,
         format: days, better: lower}
relationships:
  - {name: ticket_account, from: tickets.account_id, to: accounts.account_id}
  - {name: invoice_account, from: invoices.account_id, to: accounts.account_id}
"""
