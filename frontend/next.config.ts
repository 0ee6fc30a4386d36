import type {NextConfig} from 'next'

// A static export: the gateway serves the files, and needs no Node to do so.
const config: NextConfig = {
  output: 'export',
  trailingSlash: true,
  reactStrictMode: true,
  poweredByHeader: false,
}

export default config
