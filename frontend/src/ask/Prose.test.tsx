// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { Prose } from "./Prose";

test("raw HTML in an answer is text and makes no element", () => {
  const { container } = render(<Prose text={'Hello <img src=x onerror="canary()"> <b>you</b>'} />);
  expect(container.querySelector("img, b, script")).toBeNull();
  expect(container).toHaveTextContent('<img src=x onerror="canary()">');
});

test.each(["javascript:canary()", "data:text/html,x", "//elsewhere.example", "vbscript:x"])(
  "a link to %s leads nowhere",
  (address) => {
    render(<Prose text={`[click](${address})`} />);
    expect(screen.queryByRole("link")).toBeNull();
    expect(screen.getByText("click")).toBeInTheDocument();
  },
);

test("pictures are not loaded, their text is shown", () => {
  const { container } = render(<Prose text="![a chart](https://tracker.example/x.png)" />);
  expect(container.querySelector("img")).toBeNull();
  expect(container).toHaveTextContent("a chart");
});

test("an https link opens elsewhere and tells nothing", () => {
  render(<Prose text="[docs](https://example.com/a)" />);
  expect(screen.getByRole("link")).toHaveAttribute("rel", "noreferrer noopener");
});

const TEXT = "**Pipeline**\n\n- One\n\n| A |\n|---|\n| 1 |\n\n… and 2 more.\n\n*as of today*";

test("a table in the prose is left out where a card shows it, with its title and its rest", () => {
  const { container } = render(<Prose text={TEXT} shown={["Pipeline"]} />);
  expect(screen.queryByRole("table")).toBeNull();
  expect(container).toHaveTextContent("One as of today");
});

test("without cards the prose is whole", () => {
  render(<Prose text={TEXT} />);
  expect(screen.getByRole("table")).toBeInTheDocument();
  expect(screen.getByText("… and 2 more.")).toBeInTheDocument();
});
