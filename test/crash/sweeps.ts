import { crashPoints, type CrashPoint } from '../../activities/crash-point.ts'
import { losses, type Loss } from './losses.ts'
import { script } from './script.ts'

/** One system that goes through the script and loses the same thing at another point of each step. */
export interface Sweep {
  readonly name: string
  readonly loss: Loss
  /** One for each step of the script; undefined where nothing is lost. */
  readonly points: readonly (CrashPoint | undefined)[]
}

/** Of applications and their mail there are trials of their own. */
const passed = crashPoints.filter((point) => !/^(?:act|application|mail|sync)\./.test(point))

/** The clock has something to do only in the last step: each sweep has one of its points, and a share of the others. */
const ofClock = passed.filter((point) => point.startsWith('clock.'))
const ofCommits = passed.filter((point) => !point.startsWith('clock.'))

/** Every loss at every point, once a round; from round to round the points move to other steps. */
export function sweepsIn(round: number): readonly Sweep[] {
  return losses.flatMap((loss) =>
    ofClock.map((last, turn) => {
      const share = ofCommits.filter((_, index) => index % ofClock.length === turn)
      return { name: `apply: ${loss}, round ${round}.${turn + 1}`, loss, points: [...spread(share, round), last] }
    }),
  )
}

/** Gives each step but the last a point that it passes. */
function spread(share: readonly CrashPoint[], round: number): readonly (CrashPoint | undefined)[] {
  const steps = script.slice(0, -1)
  const quiet = share.filter((point) => !/^(?:relay\.after|snapshot|delivery)/.test(point))
  const ofQuiet = quiet[round % quiet.length]
  const others = share.filter((point) => point !== ofQuiet)
  const moved = [...others.slice(round % others.length), ...others.slice(0, round % others.length)]
  if (moved.length >= steps.length) throw new Error('There are more points than steps: the script needs another step')
  return steps.map(({ delivers = true }) => (delivers ? moved.shift() : ofQuiet))
}
