// Addresses to areas. Each area but the first is loaded when it is opened.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { Shell } from "./app/Shell";
import { AskPage } from "./ask/AskPage";
import { Empty, ErrorNote, Loading } from "./ui/Parts";

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => <Empty title="There is no such page">Choose an area beside.</Empty>,
});

const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => redirect({ to: "/ask", throw: true }),
});
const ask = createRoute({ getParentRoute: () => root, path: "/ask", component: AskPage });
const conversation = createRoute({
  getParentRoute: () => root,
  path: "/ask/$conversationId",
  component: AskPage,
});
const dashboard = createRoute({
  getParentRoute: () => root,
  path: "/dashboard",
  component: lazyRouteComponent(() => import("./dashboard/DashboardPage"), "DashboardPage"),
});
const explore = createRoute({
  getParentRoute: () => root,
  path: "/explore",
  component: lazyRouteComponent(() => import("./explore/ExplorePage"), "ExplorePage"),
});
const data = createRoute({
  getParentRoute: () => root,
  path: "/data",
  component: lazyRouteComponent(() => import("./data/DataPage"), "DataPage"),
});
const reports = createRoute({
  getParentRoute: () => root,
  path: "/reports",
  component: lazyRouteComponent(() => import("./reports/ReportsPage"), "ReportsPage"),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./settings/SettingsPage"), "SettingsPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    start,
    ask,
    conversation,
    dashboard,
    explore,
    data,
    reports,
    settings,
  ]),
  scrollRestoration: true,
  defaultPendingComponent: () => <Loading lines={4} />,
  defaultErrorComponent: ({ error, reset }) => (
    <div className="page">
      <ErrorNote error={error} retry={reset} />
    </div>
  ),
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
