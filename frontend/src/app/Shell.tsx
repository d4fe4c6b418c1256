// The frame around every area: navigation, the way to the content, the key where one is wanted.
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { TalkProvider } from "../ask/conversation";
import { ApiError } from "../api/errors";
import { catalogQuery } from "../api/queries";
import { KeyForm } from "../settings/KeyForm";
import {
  CalendarClock,
  Compass,
  Database,
  LayoutDashboard,
  MessageCircle,
  Settings,
} from "../ui/icons";
import { NoticeProvider } from "../ui/notices";

const AREAS = [
  { to: "/ask", label: "Ask", Icon: MessageCircle },
  { to: "/dashboard", label: "Dashboard", Icon: LayoutDashboard },
  { to: "/explore", label: "Explore", Icon: Compass },
  { to: "/data", label: "Data", Icon: Database },
  { to: "/reports", label: "Reports", Icon: CalendarClock },
  { to: "/settings", label: "Settings", Icon: Settings },
] as const;

export function Shell() {
  return (
    <NoticeProvider>
      <TalkProvider>
        <a className="skip" href="#content">
          Skip to the content
        </a>
        <div className="shell">
          <Navigation />
          <main id="content" className="content" tabIndex={-1}>
            <Gate />
          </main>
        </div>
      </TalkProvider>
    </NoticeProvider>
  );
}

function Navigation() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const area = AREAS.find(({ to }) => path.startsWith(to));
  useEffect(() => {
    document.title = area === undefined ? "Revenue" : `${area.label} · Revenue`;
  }, [area]);
  return (
    <nav className="nav" aria-label="Areas">
      <img className="nav-mark" src="/icon.svg" alt="" width={32} height={32} />
      <ul>
        {AREAS.map(({ to, label, Icon }) => (
          <li key={to}>
            <Link to={to} className="nav-link">
              <Icon aria-hidden size={20} strokeWidth={1.75} />
              <span>{label}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Where the server wants a key and has none (or another), asks for it instead of the area. */
function Gate() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const catalog = useQuery(catalogQuery);
  const isLocked = catalog.error instanceof ApiError && catalog.error.status === 401;
  if (isLocked && !path.startsWith("/settings")) {
    return (
      <div className="page page-narrow">
        <h1>This server wants a key</h1>
        <p className="lead">Its operator makes one with “revenue key”.</p>
        <KeyForm />
      </div>
    );
  }
  return <Outlet />;
}
