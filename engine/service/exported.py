"""What each room's counters are called outside: the tables that `metrics.py` reads, one a room.

The names are a contract with dashboards and alert rules; docs/operations.md lists them, and tests compare
all of these.
"""

from typing import Final

from engine.service.families import Kind, Row

FEED: Final = (
    Row(
        "health", "wpsim_feed_health", "Whether a feed is in this state (1) or not (0).", Kind.STATE, "health"
    ),
    Row("requests", "wpsim_feed_requests", "Requests sent to a feed."),
    Row("payloads", "wpsim_feed_payloads", "Answers of a feed that said something readable."),
    Row("unchanged", "wpsim_feed_unchanged", "Answers of a feed with nothing new in them."),
    Row("events", "wpsim_feed_events", "New statements that a feed made."),
    Row(
        "last_heard_ns",
        "wpsim_feed_last_heard_timestamp_seconds",
        "When a feed last gave a good answer, seconds since 1970.",
        Kind.STAMP_NS,
    ),
    Row("errors", "wpsim_feed_errors", "Requests to a feed that failed, by kind.", label="kind"),
    Row(
        "degraded",
        "wpsim_feed_degraded_fields",
        "Fields of a feed that were missing or absurd and were left out.",
        label="field",
    ),
)

DAY: Final = (
    Row(
        "accepted", "wpsim_events_accepted", "Statements that were applied and logged, by kind.", label="kind"
    ),
    Row(
        "refused",
        "wpsim_events_refused",
        "Statements that were not applied, by reason; nothing_new is a repetition.",
        label="reason",
        known=("nothing_new", "queue_full", "too_many_games"),
    ),
    Row(
        "quarantined",
        "wpsim_events_quarantined",
        "Statements that made the engine raise and were set aside, by game and cause.",
        label=("game_id", "cause"),
    ),
    Row("updates", "wpsim_updates", "Updates that the engine has said."),
    Row("restored_events", "wpsim_events_restored", "Statements read back from the log at the start."),
    Row("waiting", "wpsim_events_waiting", "Statements that wait for their game's turn.", Kind.GAUGE),
    Row(
        "log_errors",
        "wpsim_log_append_failures",
        "Statements that the log refused at first; each is retried.",
    ),
    Row(
        "carrier_errors",
        "wpsim_carrier_errors",
        "Times gateway, history or graphics raised, by carrier.",
        label="carrier",
        known=("ToViewers", "ToHistory", "ToGraphics"),
    ),
    Row("log_stalled", "wpsim_log_stalled", "Whether the log cannot be written now (1).", Kind.GAUGE),
)

LOG: Final = (
    Row("records", "wpsim_log_records", "Statements appended to the event log."),
    Row("bytes", "wpsim_log_bytes", "Bytes appended to the event log."),
    Row("segments", "wpsim_log_segments", "Segments begun."),
    Row("write_errors", "wpsim_log_write_errors", "Writes to the event log that failed."),
    Row("fsyncs", "wpsim_log_fsyncs", "Times the disk was asked to keep the event log."),
    Row("fsync_errors", "wpsim_log_fsync_errors", "Times the disk could not keep the event log."),
)

HISTORY: Final = (
    Row("queued", "wpsim_history_queued", "Statements that wait to be stored in the history.", Kind.GAUGE),
    Row("written", "wpsim_history_written", "Statements stored in the history."),
    Row("updates", "wpsim_history_updates", "Updates stored in the history."),
    Row(
        "behind",
        "wpsim_history_behind",
        "Whether the history lacks something that the log holds (1).",
        Kind.GAUGE,
    ),
    Row("missed", "wpsim_history_missed", "Statements that found no room in the history's queue."),
    Row(
        "divergences",
        "wpsim_history_divergences",
        "Statements or updates told again with other bytes; this must never happen.",
    ),
    Row(
        "unavailable",
        "wpsim_history_unavailable",
        "Whether the history refuses to be written (1).",
        Kind.GAUGE,
    ),
    Row("errors", "wpsim_history_errors", "Writes to the history that failed."),
    Row("query_errors", "wpsim_history_query_errors", "Questions to the history that failed."),
    Row(
        "moved_aside", "wpsim_history_moved_aside", "Damaged or outdated history files that were moved aside."
    ),
)

GATEWAY: Final = (
    Row("connections", "wpsim_viewers_connected", "WebSockets of viewers that are open now.", Kind.GAUGE),
    Row(
        "http_connections",
        "wpsim_http_connections",
        "Connections that are open now and speak plain HTTP.",
        Kind.GAUGE,
    ),
    Row(
        "greeting",
        "wpsim_connections_greeting",
        "Connections that have not said yet what they want, or are being refused.",
        Kind.GAUGE,
    ),
    Row("connections_ever", "wpsim_handshakes", "WebSocket handshakes that succeeded."),
    Row(
        "refused",
        "wpsim_handshakes_refused",
        "Connections that were refused, by reason.",
        label="reason",
        known=("full", "address", "draining", "origin", "timeout", "head", "handshake", "game"),
    ),
    Row("updates", "wpsim_gateway_updates", "Updates that were handed to the gateway."),
    Row("repeated_updates", "wpsim_gateway_repeated_updates", "Updates handed over again, and dropped."),
    Row("gaps", "wpsim_gateway_gaps", "Updates whose forerunner had not come."),
    Row("deliveries", "wpsim_deliveries", "Updates written to a viewer, one by one."),
    Row("delivered_bytes", "wpsim_delivered_bytes", "Bytes of updates written to viewers."),
    Row(
        "compressed_deliveries",
        "wpsim_compressed_deliveries",
        "Of the deliveries, those to viewers who negotiated compression.",
    ),
    Row(
        "compressed_bytes",
        "wpsim_compressed_delivered_bytes",
        "Of the delivered bytes, those of compressed deliveries, as they were written.",
    ),
    Row("snapshots", "wpsim_snapshots_sent", "Snapshots written to a viewer."),
    Row("resumes", "wpsim_resumes", "Times a viewer asked to go on from an offset."),
    Row("recoveries", "wpsim_recoveries", "Resumes answered with exactly the missed updates."),
    Row("recoveries_by_snapshot", "wpsim_recoveries_by_snapshot", "Resumes answered with a snapshot."),
    Row("conflations", "wpsim_conflations", "Times a slow viewer got the newest state instead of a backlog."),
    Row(
        "conflated_updates", "wpsim_conflated_updates", "Updates that slow viewers were not sent one by one."
    ),
    Row("stalls", "wpsim_viewer_stalls", "Times a viewer's buffer was full."),
    Row("messages", "wpsim_viewer_messages", "Messages of viewers, by type.", label="type"),
    Row("closed", "wpsim_viewer_closes", "Closes that the gateway began, by code.", label="code"),
    Row("stalled_closes", "wpsim_viewer_stalled_closes", "Viewers cut off because they did not read."),
    Row("ping_timeouts", "wpsim_viewer_ping_timeouts", "Viewers cut off because they answered no ping."),
)

GRAPHICS: Final = (
    Row("taken", "wpsim_graphics_updates", "Updates that were told to the graphics."),
    Row("commands", "wpsim_graphics_commands", "Graphics commands that were issued."),
    Row("waiting", "wpsim_graphics_waiting", "Updates in the air delay.", Kind.GAUGE),
    Row("struck", "wpsim_graphics_struck", "Updates taken back within the air delay, which never aired."),
    Row("dropped", "wpsim_graphics_dropped", "Updates let go because the line or the games were full."),
    Row("failed", "wpsim_graphics_failed", "Updates whose direction failed by a fault of ours."),
)

DESTINATION: Final = (
    Row("sent", "wpsim_graphics_sent", "Commands that a graphics host confirmed."),
    Row(
        "failed",
        "wpsim_graphics_send_failures",
        "Attempts to reach a graphics host that failed.",
        label="kind",
    ),
    Row("conflated", "wpsim_graphics_conflated", "Commands that a newer one replaced before they left."),
    Row("dropped", "wpsim_graphics_send_drops", "Commands that were given up."),
    Row("queue_depth", "wpsim_graphics_queue", "Commands that wait for a graphics host.", Kind.GAUGE),
    Row(
        "last_ok_ns",
        "wpsim_graphics_last_ok_timestamp_seconds",
        "When a graphics host last confirmed anything, seconds since 1970.",
        Kind.STAMP_NS,
    ),
    Row(
        "healthy",
        "wpsim_graphics_healthy",
        "Whether the last attempt at a graphics host succeeded.",
        Kind.GAUGE,
    ),
)

FALLBACK: Final = (
    Row("written", "wpsim_graphics_fallback_written", "Static fallback files written."),
    Row("failed", "wpsim_graphics_fallback_failures", "Fallback files that failed, by error.", label="kind"),
    Row("healthy", "wpsim_graphics_fallback_healthy", "Whether the fallback could be written.", Kind.GAUGE),
)

USAGE: Final = (
    Row("views", "wpsim_usage_views", "Reports that a section of the page was in view.", label="section"),
    Row("viewed_s", "wpsim_usage_viewed_seconds", "How long sections were in view.", label="section"),
    Row(
        "ignored", "wpsim_usage_ignored", "Reports of pages that were not counted, by reason.", label="reason"
    ),
)

LINES: Final = (
    Row("lines", "wpsim_log_lines", "Lines that were logged, by level.", label="level"),
    Row("left_out", "wpsim_log_lines_left_out", "Repeated warnings and errors that were not logged."),
)
