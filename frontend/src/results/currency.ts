// The model's currency, for everything that shows money.
import { useQuery } from "@tanstack/react-query";
import { catalogQuery } from "../api/queries";

export function useCurrency(): string {
  return useQuery(catalogQuery).data?.currency ?? "USD";
}
