// A fact that leads to the issues which share it, where the list can be filtered by it.
import { Link } from "@tanstack/react-router";
import classes from "../issue.module.css";
import { listQuery } from "../pure/filters";
import { Value } from "./Value";

interface Props {
  readonly project: string;
  readonly name: string;
  readonly value: string;
}

export function FilterLink({ project, name, value }: Props) {
  const query = listQuery(name, value);
  if (query === null) return <Value value={value} />;
  return (
    <Link
      to="/projects/$slug/issues"
      params={{ slug: project }}
      search={{ query }}
      className={classes["link"]}
      title={`Issues with ${query}`}
    >
      {value}
    </Link>
  );
}
