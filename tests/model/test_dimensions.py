"""What a dimension is where the model file leaves it open."""

from __future__ import annotations

from tests.tiny.world import model_data, to_catalog


def test_a_dimension_without_a_type_is_what_its_values_are() -> None:
    data = model_data()
    for dimension in next(m for m in data["models"] if m["name"] == "orders")["dimensions"]:
        dimension.pop("type", None)
    orders = to_catalog(data).models["orders"]
    assert orders.dimensions["order_id"].kind == "number"
    assert orders.dimensions["order_date"].kind == "time"
    assert orders.dimensions["status"].kind == "text"
