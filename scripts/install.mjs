import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { giveUp, root, run } from './lib.mjs'

/** Says plainly what the machine lacks, before anything fails less plainly. */
export function checkMachine() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    giveUp(`Guildhall needs Node.js 20.19 or newer, this is ${process.versions.node}; see https://nodejs.org/`)
  }
  if (spawnSync('git', ['--version']).status !== 0) {
    giveUp('Guildhall needs git, and there is none on PATH; install it, for instance with `apt-get install git`')
  }
}

/** Installs the packages of the lock file, unless exactly those are there. */
export async function install() {
  if (isInstalled()) return
  console.log('Installing the packages, which takes a minute or two …')
  const ways = ['--no-audit', '--no-fund', '--loglevel=error', '--include=dev', '--include=optional']
  const exact = await run('npm', ['ci', ...ways], { quiet: true })
  if (exact.code === 0) return
  if (!lacksOptionalPackages(exact.output))
    giveUp(`${exact.output}\nThe packages could not be installed; npm has said why above`)
  const { code } = await run('npm', ['install', '--no-save', ...ways])
  if (code !== 0) giveUp('The packages could not be installed; npm has said why above')
}

/**
 * A lock file made where the registry does not carry the packages of other platforms lacks those, and `npm ci` refuses it
 * wherever it does; `npm install` takes the same versions and passes over what it cannot get.
 */
function lacksOptionalPackages(output) {
  const complaints = output.match(/(?:Missing|Invalid): .*/g) ?? []
  return complaints.length > 0 && complaints.every((line) => /^Missing: \S+@\S* from lock file/.test(line))
}

function isInstalled() {
  const hidden = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(hidden)) return false
  const wanted = packagesOf(join(root, 'package-lock.json'))
  const found = packagesOf(hidden)
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (path === '' || link) return true
    return found[path] === undefined ? optional === true : found[path].version === version
  })
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}
