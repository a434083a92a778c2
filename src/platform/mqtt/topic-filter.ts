/** Whether an MQTT topic filter (`+` one segment, `#` the rest; MQTT 5, 4.7) takes a topic. */
export function filterTakes(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const given = topic.split('/');
  // MQTT 5, 4.7.2: a wildcard in front does not take the broker's own topics.
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false;
  for (const [index, segment] of wanted.entries()) {
    if (segment === '#') return true;
    if (index >= given.length || (segment !== '+' && segment !== given[index])) return false;
  }
  return wanted.length === given.length;
}
