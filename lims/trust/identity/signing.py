"""Signing at the moment of the act: who proves it, and what stands under it."""

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.trust.context import Work
from lims.trust.identity.hospital import use_proof, vouched_signer
from lims.trust.identity.passwords import prove_signer
from lims.trust.identity.people import Actor
from lims.trust.identity.roles import Permission
from lims.trust.identity.signatures import Credentials, Signature, digest_of
from lims.trust.installation import Site


def prove_own(site: Site, path: str, given: Credentials, actor: Actor, *, first: bool) -> Actor:
    """The actor, who proves it anew; with the password that they choose just now (`first`)."""
    signer = _proved(site, path, given, actor, say("your"), first=first)
    if signer.login != actor.login:
        raise Refused(Reason("not-your-own-name"))
    return signer


def prove_second(site: Site, path: str, given: Credentials, actor: Actor, may: Permission) -> Actor:
    """A second person at the same screen, who is somebody else and may do this."""
    signer = _proved(site, path, given, actor, say("a-second-persons"), first=False)
    if signer.login == actor.login:
        raise Refused(Reason("same-person.the"))
    if not signer.may(may):
        raise Refused(Reason("second-person-role"))
    return signer


def _proved(
    site: Site, path: str, given: Credentials, actor: Actor, whose: str, *, first: bool
) -> Actor:
    if site.settings.hospital and given.by_hospital and not first:
        return vouched_signer(site, path, given, actor)
    if not given.login or not given.password:
        raise Refused(Reason("signature-needed", who=whose))
    return prove_signer(site, given, actor, first=first)


def sign(
    work: Work, path: str, command: object, given: Credentials, signer: Actor, meaning: str
) -> Signature:
    """The signature of who has proved it, bound to the action and every entry."""
    signature = work.add(
        Signature(
            id=work.chance.letters("signature", "0123456789abcdef", 32),
            login=signer.login,
            name=signer.name,
            meaning=meaning,
            action=path,
            digest=digest_of(path, command, work.keyed, work.happened_at),
            at=work.entered,
            station=work.actor.station,
        )
    )
    if given.by_hospital:
        use_proof(work, path, given, signature)
    return signature
