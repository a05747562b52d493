import { BaseSequencer, type TestSpecification } from "vitest/node"

/**
 * Files that take the longest, most of it waiting: started last, one of them would run alone at the end. Vitest begins
 * with the largest files if it knows no durations, as on a fresh checkout, and most of these are small.
 */
const slow =
  /tests\/(?:races|faults)\/|pubsub-relay\.test|provider-faults\.test|\/dialects\.test|tests\/db\/[\w-]+\.test/

/** Starts each project with its slow files. */
export default class SlowFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const ofProjects = Map.groupBy(await super.sort(files), ({ project }) => project)
    return [...ofProjects.values()].flatMap((ofProject) => [
      ...ofProject.filter(({ moduleId }) => slow.test(moduleId)),
      ...ofProject.filter(({ moduleId }) => !slow.test(moduleId)),
    ])
  }
}
