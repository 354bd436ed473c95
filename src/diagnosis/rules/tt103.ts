import { no, type Rule } from '../rule.js';

export const tt103: Rule = {
  code: 'TT103',
  title: 'no single flight',
  needs: ['start', 'duration', 'status', 'client', 'lifetime'],
  least: 3,
  fix: 'Let one fetch run at a time for each key and share its result; refresh ahead with jitter.',
  risk: null,
  judge: (s) => {
    const { bursts } = s;
    const explains = Math.min(bursts.inFlight, s.redundant);
    if (!s.hasDurations) return no('durations are not in the log, so nothing shows that fetches were in flight together');
    if (explains < 2) return no('fetches of a holder did not overlap');
    const calm = bursts.heads <= 1.3 * Math.max(1, s.needed) + 1;
    const each = bursts.inFlight / Math.max(1, s.redundant);
    const coarse = s.resolutionMs >= 500 ? 0.8 : 1;
    const why = `${bursts.inFlight} of ${s.ok} fetches began while another was in flight, up to ${bursts.largest} at once; apart from that ${bursts.heads} fetches for ${s.needed} needed`;
    const against = calm
      ? `only ${explains} of ${s.redundant} redundant fetches overlap another`
      : `${bursts.heads} fetches overlap none, where ${s.needed} are needed`;
    return {
      score: calm ? Math.min(1, each) * coarse : 0.1 * Math.min(1, each),
      explains,
      pieces: bursts.inFlight,
      why,
      against,
    };
  },
};
