//! Saying that a zone has changed, and hearing it (RFC 1996).

use super::request::{asks, told_version};
use crate::code_points::{Class, Opcode, Rcode};
use crate::messages::{Flags, Message, MessageBuilder, Section};
use crate::name::Name;
use crate::rr_data::Type;
use crate::wire::WriteError;
use crate::zone::{Serial, StoredRecord};

/// Writes a NOTIFY of a zone to the front of `buffer`. With the SOA record, the other side knows at once if it
/// has this version already (RFC 1996 3.7).
///
/// # Errors
/// If there is no room.
pub fn write_notify<'b>(
    buffer: &'b mut [u8],
    id: u16,
    zone: &Name<'_>,
    class: Class,
    soa: Option<&StoredRecord<'_>>,
) -> Result<&'b mut [u8], WriteError> {
    let flags = Flags::default()
        .with_opcode(Opcode::NOTIFY)
        .with_authoritative(true);
    let mut builder = MessageBuilder::<8>::new(buffer, id, flags)?;
    builder.question(zone, Type::SOA, class)?;
    if let Some(soa) = soa {
        builder.stored_record(Section::Answer, zone, Type::SOA, class, soa.ttl, soa.data)?;
    }
    Ok(builder.finish())
}

/// Is it the answer to the NOTIFY with this id? Any rcode will do: the other side has heard it, and what it
/// makes of it is its own business (RFC 1996 3.12). `None`: it is something else, and the answer may still come.
pub fn is_notify_answer(
    message: &Message<'_>,
    id: u16,
    zone: &Name<'_>,
    class: Class,
) -> Option<Rcode> {
    let flags = message.flags();
    let is_ours = message.id() == id && flags.response() && flags.opcode() == Opcode::NOTIFY;
    let question = message.question();
    let is_asked = question.is_none_or(|question| asks(&question, Type::SOA, zone, class));
    (is_ours && is_asked).then(|| message.rcode())
}

/// A NOTIFY that came.
///
/// It only says that it is time to look: what it tells is not signed in general, and never taken for the truth.
/// Who may send one is for the caller to know. Answer with [`NotifyRequest::answer`]: NOERROR, or NOTAUTH for a
/// zone that is not kept here, or REFUSED for a sender that is none of its primaries.
///
/// ```
/// use lib_dns_core::code_points::{Class, Rcode};
/// use lib_dns_core::messages::Message;
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::transfer::{NotifyRequest, is_notify_answer, write_notify};
/// let zone = NameBuf::from_text("sovereign.")?;
/// let mut buffer = [0; 64];
/// let notify = write_notify(&mut buffer, 7, &zone.as_name(), Class::IN, None)?;
/// let message = Message::from_bytes(notify)?;
/// let heard = NotifyRequest::read(&message).ok_or("no NOTIFY")?;
/// let heard = heard.map_err(|rcode| rcode.to_string())?;
/// assert_eq!((heard.zone, heard.serial), (zone.as_name(), None));
///
/// let mut buffer = [0; 64];
/// let answer = heard.answer(&mut buffer, Rcode::NOERROR, 0)?;
/// let answer = Message::from_bytes(answer.finish())?;
/// assert_eq!(is_notify_answer(&answer, 7, &zone.as_name(), Class::IN), Some(Rcode::NOERROR));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NotifyRequest<'m> {
    /// Ties the answer to it.
    pub id: u16,
    /// The zone.
    pub zone: Name<'m>,
    /// Its class.
    pub class: Class,
    /// The version that the sender says it has. Nobody else says so.
    pub serial: Option<Serial>,
}

impl<'m> NotifyRequest<'m> {
    /// Reads a NOTIFY; `None` if it is something else.
    ///
    /// # Errors
    /// The rcode to answer with: FORMERR if there is not one question, NOTIMP if it is about something else than
    /// a zone (RFC 1996 3.6 leaves room for it, and nobody uses it).
    pub fn read(message: &Message<'m>) -> Option<Result<Self, Rcode>> {
        let flags = message.flags();
        if flags.response() || flags.opcode() != Opcode::NOTIFY {
            return None;
        }
        let [questions, ..] = message.header().counts;
        let Some(question) = message.question().filter(|_| questions == 1) else {
            return Some(Err(Rcode::FORMERR));
        };
        if question.qtype != Type::SOA {
            return Some(Err(Rcode::NOTIMP));
        }
        let mut answer = message.section(Section::Answer).flatten();
        // A hint that cannot be read is none.
        let serial =
            answer.find_map(|record| told_version(&record, &question.name, question.qclass)?.ok());
        Some(Ok(Self {
            id: message.id(),
            zone: question.name,
            class: question.qclass,
            serial,
        }))
    }

    /// Starts the answer at the front of `buffer`, and keeps `reserve` octets free for a TSIG record.
    ///
    /// # Errors
    /// If there is no room.
    pub fn answer<'b>(
        &self,
        buffer: &'b mut [u8],
        rcode: Rcode,
        reserve: usize,
    ) -> Result<MessageBuilder<'b, 1>, WriteError> {
        let flags = Flags::default()
            .with_response(true)
            .with_opcode(Opcode::NOTIFY)
            .with_authoritative(rcode == Rcode::NOERROR)
            .with_rcode(rcode);
        let mut builder = MessageBuilder::new(buffer, self.id, flags)?;
        builder.set_reserve(reserve);
        builder.question(&self.zone, Type::SOA, self.class)?;
        Ok(builder)
    }
}
