import Sequencer from '@jest/test-sequencer'

/** Begins with what takes minutes, so that none of it is left alone at the end; a file whose time is not known yet is told by its size. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests)
    return [...sorted.filter(takesMinutes), ...sorted.filter((test) => !takesMinutes(test))]
  }
}

function takesMinutes({ path }) {
  return path.includes('/integration/bars/')
}
