import path from 'node:path'
import {defineConfig} from 'vitest/config'
import {BaseSequencer, type TestSpecification} from 'vitest/node'

// The tests lie beside the stack that they need; their packages are the dashboard's.
const here = (name: string) => path.resolve(__dirname, 'node_modules', name)

// LOGIN: those on a real API server, which has to be built first.
const folder = process.env.LOGIN ? 'login/' : ''

/** The file that waits longest begins first: the others are done beside it. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const waits = (file: TestSpecification) => Number(file.moduleId.endsWith('/session.test.ts'))
    return sorted.sort((one, other) => waits(other) - waits(one))
  }
}

export default defineConfig({
  root: path.resolve(__dirname, '../tests/browser'),
  resolve: {
    alias: {
      'playwright-core': here('playwright-core'),
      'axe-core': here('axe-core'),
      'vitest/node': here('vitest/dist/node.js'),
      vitest: here('vitest'),
    },
  },
  test: {
    include: [`${folder}${process.env.SCREENSHOTS ? 'screenshots.ts' : '*.test.ts'}`],
    globalSetup: `./${folder}stage.ts`,
    // The log-in tests mostly wait, each in a browser of its own; the others share a stack's one state.
    fileParallelism: Boolean(process.env.LOGIN) && !process.env.SCREENSHOTS,
    maxWorkers: 3,
    sequence: {sequencer: LongestFirst},
    minWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 540_000,
    teardownTimeout: 60_000,
  },
})
