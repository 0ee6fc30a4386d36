import path from 'node:path'
import {defineConfig} from 'vitest/config'

// The tests lie beside the stack that they need; their packages are the dashboard's.
const here = (name: string) => path.resolve(__dirname, 'node_modules', name)

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
    include: process.env.SCREENSHOTS ? ['screenshots.ts'] : ['*.test.ts'],
    globalSetup: './stage.ts',
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 540_000,
    teardownTimeout: 60_000,
  },
})
