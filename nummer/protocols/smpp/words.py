"""The numbers of SMPP 3.4 that a gateway meets, by their names in the specification."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

HEADER_OCTETS: Final = 16  # SMPP 3.4 section 3.2
# message_payload holds at most 64 K octets (section 5.3.2.32); the rest of a PDU needs far less
# than 4 K. What claims to be longer is not SMPP, and would only fill memory.
PDU_OCTETS_MAX: Final = 65_535 + 4_096
SHORT_MESSAGE_OCTETS_MAX: Final = 254  # section 5.2.22
SEQUENCE_MAX: Final = 0x7FFF_FFFF  # section 5.1.4
RESPONSE: Final = 0x8000_0000  # section 5.1.2.1: the bit that tells a response from a request
INTERFACE_VERSION: Final = 0x34  # section 5.2.4


class Command(IntEnum):
    """command_id, SMPP 3.4 section 5.1.2.1."""

    GENERIC_NACK = 0x8000_0000
    BIND_RECEIVER = 0x0000_0001
    BIND_RECEIVER_RESP = 0x8000_0001
    BIND_TRANSMITTER = 0x0000_0002
    BIND_TRANSMITTER_RESP = 0x8000_0002
    QUERY_SM = 0x0000_0003
    QUERY_SM_RESP = 0x8000_0003
    SUBMIT_SM = 0x0000_0004
    SUBMIT_SM_RESP = 0x8000_0004
    DELIVER_SM = 0x0000_0005
    DELIVER_SM_RESP = 0x8000_0005
    UNBIND = 0x0000_0006
    UNBIND_RESP = 0x8000_0006
    REPLACE_SM = 0x0000_0007
    REPLACE_SM_RESP = 0x8000_0007
    CANCEL_SM = 0x0000_0008
    CANCEL_SM_RESP = 0x8000_0008
    BIND_TRANSCEIVER = 0x0000_0009
    BIND_TRANSCEIVER_RESP = 0x8000_0009
    OUTBIND = 0x0000_000B
    ENQUIRE_LINK = 0x0000_0015
    ENQUIRE_LINK_RESP = 0x8000_0015
    SUBMIT_MULTI = 0x0000_0021
    SUBMIT_MULTI_RESP = 0x8000_0021
    ALERT_NOTIFICATION = 0x0000_0102
    DATA_SM = 0x0000_0103
    DATA_SM_RESP = 0x8000_0103


class Status(IntEnum):
    """command_status, SMPP 3.4 section 5.1.3 (those that we send or tell apart)."""

    ROK = 0x00
    RINVMSGLEN = 0x01
    RINVCMDLEN = 0x02
    RINVCMDID = 0x03
    RINVBNDSTS = 0x04
    RALYBND = 0x05
    RSYSERR = 0x08
    RINVSRCADR = 0x0A
    RINVDSTADR = 0x0B
    RBINDFAIL = 0x0D
    RINVPASWD = 0x0E
    RCANCELFAIL = 0x11
    RREPLACEFAIL = 0x13
    RMSGQFUL = 0x14
    RSUBMITFAIL = 0x45
    RTHROTTLED = 0x58
    RX_T_APPN = 0x64
    RX_P_APPN = 0x65
    RX_R_APPN = 0x66
    RQUERYFAIL = 0x67
    RUNKNOWNERR = 0xFF


class Tag(IntEnum):
    """Optional parameters, SMPP 3.4 section 5.3.2 (those that we read or write)."""

    RECEIPTED_MESSAGE_ID = 0x001E
    USER_MESSAGE_REFERENCE = 0x0204
    SAR_MSG_REF_NUM = 0x020C
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


class TypeOfNumber(IntEnum):
    """TON, SMPP 3.4 section 5.2.5; a peer may send others, so fields are plain integers."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    ALPHANUMERIC = 5


class NumberingPlan(IntEnum):
    """NPI, SMPP 3.4 section 5.2.6."""

    UNKNOWN = 0
    ISDN = 1


ESM_CLASS_RECEIPT: Final = 0x04  # section 5.2.12: message type, bits 5 to 2
ESM_CLASS_TYPE_MASK: Final = 0x3C
ESM_CLASS_UDHI: Final = 0x40
REGISTERED_DELIVERY_FINAL: Final = 0x01  # section 5.2.17: receipt on success and on failure
