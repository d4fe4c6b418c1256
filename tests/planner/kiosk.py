"""A kiosk of five articles and eight sales, which can be added up by hand.

Used by the tests of which number is meant; nothing in it is known to the planner but by its YAML.
"""

from __future__ import annotations

ARTICLES = """Article,Name,Maker,Kind,Price,Stock,Retired
A1,Lamp,Acme,Decor,30.00,5,no
A2,Chair,Acme,Furniture,80.00,0,yes
A3,Desk,Birch,Furniture,250.00,2,yes
A4,Vase,Birch,Decor,12.00,40,no
A5,Stool,Cedar,Furniture,45.00,,yes
"""
SALES = """Sale,Article,Amount,Rebate,Cost,Rating,Sold,Sent,State
S-001,A1,60.00,0.00,40.00,5,2024-01-10,2024-01-12,Kept
S-002,A2,80.00,20.00,50.00,3,2024-02-10,2024-02-11,Back
S-003,A3,250.00,60.00,150.00,4,2024-03-10,2024-03-20,Kept
S-004,A4,24.00,2.00,10.00,,2024-04-10,2024-04-11,Kept
S-005,A3,500.00,150.00,300.00,2,2024-05-10,2024-05-12,Back
S-006,A1,30.00,0.00,20.00,1,2024-06-10,,Kept
S-007,A5,45.00,5.00,25.00,5,2024-07-10,2024-07-15,Back
S-008,A4,12.00,0.00,5.00,4,2025-01-10,2025-01-11,Kept
"""
FILES = {"articles.csv": ARTICLES, "sales.csv": SALES}
MODEL = """
name: kiosk
currency: USD
sources:
  - name: articles
    files: ["articles.csv"]
    columns:
      Article: {to: article_id, type: text, required: true, unique: true}
      Name: {to: article_name, type: text}
      Maker: {to: maker, type: text}
      Kind: {to: kind, type: text}
      Price: {to: price, type: "decimal(8,2)"}
      Stock: {to: stock, type: integer}
      Retired: {to: retired, type: boolean}
  - name: sales
    files: ["sales.csv"]
    columns:
      Sale: {to: sale_id, type: text, required: true, unique: true}
      Article: {to: article_id, type: text}
      Amount: {to: amount, type: "decimal(8,2)"}
      Rebate: {to: rebate, type: "decimal(8,2)"}
      Cost: {to: cost, type: "decimal(8,2)"}
      Rating: {to: rating, type: integer}
      Sold: {to: sold_on, type: date, formats: ["%Y-%m-%d"]}
      Sent: {to: sent_on, type: date, formats: ["%Y-%m-%d"]}
      State: {to: sale_state, type: text}
models:
  - name: sales
    label: Sales
    synonyms: [sale]
    source: sales
    primary_key: sale_id
    time: sold_on
    dimensions:
      - {name: sale_id, label: Sale number}
      - {name: article_id, hidden: true}
      - {name: amount, label: Amount, type: number, format: currency}
      - {name: rebate, label: Rebate, type: number, format: currency}
      - {name: cost, label: Cost, type: number, format: currency}
      - {name: rating, label: Rating, type: number, format: integer, synonyms: [ratings]}
      - {name: sold_on, label: Sale date, type: time}
      - {name: sent_on, label: Sending date, type: time, synonyms: [sent]}
      - {name: sale_state, label: Sale state}
    segments:
      - {name: rebated, label: Rebated, filter: "rebate > 0",
         synonyms: [with a rebate, marked down]}
      - {name: returned, label: Returned, filter: "sale_state = 'Back'"}
    metrics:
      - {name: sale_count, label: Sales, agg: count, format: integer}
      - {name: income, label: Income, agg: sum, expr: amount, format: currency}
      - {name: expense, label: Cost, agg: sum, expr: cost, format: currency, synonyms: [costs]}
      - {name: return_count, label: Returns, agg: count, where: returned, format: integer}
      - {name: rated, label: Reviews, agg: count, where: "rating IS NOT NULL", format: integer}
      - {name: avg_rating, label: Average rating, agg: avg, expr: rating}
  - name: articles
    label: Articles
    synonyms: [article]
    source: articles
    primary_key: article_id
    dimensions:
      - {name: article_id, hidden: true}
      - {name: article_name, label: Article, synonyms: [articles]}
      - {name: maker, label: Maker, synonyms: [makers]}
      - {name: kind, label: Kind, synonyms: [kinds]}
      - {name: price, label: Price, type: number, format: currency}
      - {name: stock, label: Stock, type: number, format: integer}
      - {name: retired, label: Retired, type: boolean}
    metrics:
      - {name: article_count, label: Articles, agg: count, format: integer}
      - {name: total_stock, label: Stock units, agg: sum, expr: stock, format: integer}
relationships:
  - {name: sale_article, from: sales.article_id, to: articles.article_id}
"""
