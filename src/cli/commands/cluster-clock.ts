import { KindlabError } from '../../base/errors.ts';
import { print, printJson, type CliContext } from '../context.ts';
import { connectReady, pickSession } from '../sessions.ts';
import { parseDuration } from './duration.ts';

interface ClockCall {
  name: string;
  action: string | undefined;
  value: string | undefined;
  json: boolean;
}

/** Shows a cluster's time, lets it stand still or run, sets its speed, or goes ahead. Prints what it then is. */
export async function clusterClock(cli: CliContext, { name, action = 'show', value, json }: ClockCall): Promise<number> {
  const session = await pickSession(cli, name);
  if (session.backend !== 'simulated')
    throw new KindlabError({ code: 'no-clock', message: `${name} runs on ${session.backend}: its time is the machine's` });
  const client = await connectReady(cli, session.name);
  if (value !== undefined && action !== 'step' && action !== 'speed') throw usage(`${action} takes no value`);
  if (action === 'pause') await client.setClockSpeed(0);
  else if (action === 'resume') await client.setClockSpeed(1);
  else if (action === 'step') await client.stepClock(durationOf(value), cli.signal);
  else if (action === 'speed') await client.setClockSpeed(speedOf(value));
  else if (action !== 'show') throw usage(`there is no action ${action}`);
  const { clock } = await client.view();
  const time = new Date(clock.now).toISOString();
  if (json) printJson(cli, { time, speed: clock.speed });
  else print(cli, `${time}  ${clock.speed === 0 ? 'paused' : `×${clock.speed}`}`);
  return 0;
}

function durationOf(text: string | undefined): number {
  const ms = parseDuration(text ?? '');
  if (ms === undefined) throw usage(`step ${text ?? ''}: expected a duration such as 500ms, 90s, 5m or 1h30m`);
  return ms;
}

function speedOf(text: string | undefined): number {
  const speed = Number(text);
  if (text === undefined || text === '' || !(speed > 0 && speed <= 1000))
    throw usage(`speed ${text ?? ''}: expected a number above 0, at most 1000`);
  return speed;
}

const usage = (message: string) =>
  new KindlabError({
    code: 'usage',
    message,
    fix: 'kindlab cluster clock NAME [show | pause | resume | step DURATION | speed FACTOR]',
    exitCode: 2,
  });
