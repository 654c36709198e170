import { stopTestServers } from './global-setup.mjs'

export default stopTestServers
