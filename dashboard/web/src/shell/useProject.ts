import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Schemas } from "../api/client";
import { projectOptions } from "../api/queries";

export const useProject = (slug: string): UseQueryResult<Schemas["ProjectDetail"]> => useQuery(projectOptions(slug));
