import { fileURLToPath } from 'node:url'
import { describe } from '@jest/globals'
import { keepsTheDestinationContract } from '../../../test/connectors/destination-contract.ts'
import { standsSshFaults, startSshWorld } from '../../../test/connectors/ssh-rig.ts'
import { hasSshd } from '../../../test/connectors/sshd.ts'
import { destinationType } from './index.ts'

const receiver = fileURLToPath(new URL('./receiver/guildhall-receiver', import.meta.url))
const withSshd = hasSshd ? describe : describe.skip

withSshd('an ssh destination (needs sshd: apt-get install openssh-server)', () => {
  const world = startSshWorld({
    type: destinationType,
    command: (folder) => `sh ${receiver} ${folder}`,
    options: () => ({}),
  })

  keepsTheDestinationContract(() => world.rig())
  standsSshFaults(world)
})
