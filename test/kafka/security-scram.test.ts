import { describe, expect, it } from 'vitest';
import { ScramLogin, ScramRefusal, ScramViolation } from '../../src/kafka/adapter/scram.js';

/** The exchange that RFC 7677, section 3, gives as an example. */
const example = {
  user: 'user',
  password: 'pencil',
  nonce: 'rOprNGfwEbeRWgbNEkqO',
  first: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  challenge: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  final: 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  lastWord: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
};
const login = () => new ScramLogin('SCRAM-SHA-256', example, example.nonce);
const final = (challenge: string) => login().final(Buffer.from(challenge));

describe('a login by SCRAM', () => {
  it('is word for word as in the example of RFC 7677', async () => {
    const scram = login();
    expect(scram.first().toString()).toBe(example.first);
    expect((await scram.final(Buffer.from(example.challenge))).toString()).toBe(example.final);
    scram.verify(Buffer.from(example.lastWord));
  });

  it('quotes what would end the name of a user', () => {
    const scram = new ScramLogin('SCRAM-SHA-512', { user: 'a=b,c', password: '' }, 'nonce');
    expect(scram.first().toString()).toBe('n,,n=a=3Db=2Cc,r=nonce');
  });

  it.each([
    ['with a nonce of its own', example.challenge.replace('rOprNG', 'xOprNG')],
    ['that adds nothing to our nonce', example.challenge.replace('%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0', '')],
    ['with fewer iterations than RFC 5802 allows', example.challenge.replace('4096', '4095')],
    ['with so many iterations that we would be busy for long', example.challenge.replace('4096', '1000001')],
    ['with iterations that are no number', example.challenge.replace('4096', 'NaN')],
    ['without iterations', example.challenge.replace(',i=4096', '')],
    ['without a salt', example.challenge.replace('W22ZaJ0SNY7soEsUEjb6gQ==', '')],
    ['of nothing', ''],
  ])('does not answer a challenge %s', async (_, challenge) => {
    await expect(final(challenge)).rejects.toBeInstanceOf(ScramViolation);
  });

  it('is over when the server says so, at either step', async () => {
    await expect(final('e=unknown-user')).rejects.toThrow(new ScramRefusal('unknown-user'));
    const scram = login();
    await scram.final(Buffer.from(example.challenge));
    expect(() => scram.verify(Buffer.from('e=invalid-proof'))).toThrow(new ScramRefusal('invalid-proof'));
  });

  it.each([
    ['of another password', 'v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='],
    ['cut short', 'v=6rriTRBi23WpRR'],
    ['left out', ''],
  ])('does not trust a server whose signature is %s', async (_, lastWord) => {
    const scram = login();
    await scram.final(Buffer.from(example.challenge));
    expect(() => scram.verify(Buffer.from(lastWord))).toThrow(ScramViolation);
  });

  it('trusts no server that was never challenged', () => {
    expect(() => login().verify(Buffer.from('v='))).toThrow(ScramViolation);
  });
});
