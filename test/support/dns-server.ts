/** A DNS server on loopback that answers every question for an IPv4 address with the one it is told. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface DnsServer {
  readonly address: string;
  /** Questions so far. */
  asked(): number;
  point(address: string): void;
  close(): Promise<void>;
}

export async function startDns(first: string, ttlSeconds: number): Promise<DnsServer> {
  let target = first;
  let asked = 0;
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    asked += 1;
    // The question ends after the zero length that closes its name, its type and its class.
    let end = 12;
    while (message[end] !== 0) end += message[end]! + 1;
    const question = message.subarray(12, end + 5);
    const isA = message.readUInt16BE(end + 1) === 1;
    const head = Buffer.alloc(12);
    message.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(isA ? 1 : 0, 6);
    const answer = Buffer.alloc(16);
    answer.writeUInt16BE(0xc00c, 0);
    answer.writeUInt16BE(1, 2);
    answer.writeUInt16BE(1, 4);
    answer.writeUInt32BE(ttlSeconds, 6);
    answer.writeUInt16BE(4, 10);
    Buffer.from(target.split('.').map(Number)).copy(answer, 12);
    socket.send(Buffer.concat([head, question, ...(isA ? [answer] : [])]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked: () => asked,
    point: (address) => {
      target = address;
    },
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}
