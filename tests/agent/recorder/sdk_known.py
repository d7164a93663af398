"""What the recorder makes of each field, hook and value of the SDK. A new one must be entered here, or be recorded.

A field stands once: in `RECORDED`, or in `IGNORED` with the reason; `*` stands for all fields of a type.
"""

RECORDED = {
    "AssistantMessage": "content error message_id model parent_tool_use_id stop_reason usage uuid",
    "ConversationResetMessage": "*",  # as it is, as `info`
    "MirrorErrorMessage": "subtype data",  # as it is, as `info`
    "MessageOrigin": "kind",
    "ModelUsage": "*",  # as it is, in `session_end`
    "NotificationHookInput": "notification_type",
    "PostToolUseFailureHookInput": "duration_ms tool_use_id",
    "PostToolUseHookInput": "duration_ms tool_response tool_use_id transcript_path",
    "PreCompactHookInput": "trigger",
    "PreToolUseHookInput": "cwd tool_input tool_name tool_use_id",
    "RateLimitEvent": "rate_limit_info",
    "RateLimitInfo": "rate_limit_type resets_at status utilization",
    "ResultMessage": "errors is_error model_usage num_turns permission_denials result stop_reason subtype "
    "terminal_reason total_cost_usd usage",
    "ServerToolResultBlock": "content tool_use_id",
    "ServerToolUseBlock": "id input name",
    "StreamEvent": "event parent_tool_use_id",
    "SubagentStartHookInput": "agent_id agent_type",
    "SystemInitData": "claude_code_version cwd mcp_servers model permissionMode session_id subtype tools",
    "SystemInitMcpServer": "name status",
    "SystemMessage": "data subtype",
    "TaskNotificationMessage": "status subtype summary task_id usage",
    "TaskProgressMessage": "last_tool_name subtype task_id tool_use_id usage",
    "TaskStartedMessage": "data description subtype task_id task_type tool_use_id",
    "TaskUpdatedMessage": "patch subtype task_id",
    "TaskUsage": "duration_ms tool_uses total_tokens",
    "TextBlock": "text",
    "ThinkingBlock": "thinking",
    "ToolPermissionContext": "decision_reason tool_use_id",
    "ToolResultBlock": "content is_error tool_use_id",
    "ToolUseBlock": "id input name",
    "UserMessage": "content origin parent_tool_use_id tool_use_result",
}

_EVERY_HOOK = "effort hook_event_name permission_mode prompt_id session_id transcript_path"

IGNORED = {
    "another field or event says it": {
        "MirrorErrorMessage": "error key",  # both in data
        "PostToolUseFailureHookInput": "agent_id agent_type cwd error is_interrupt tool_input tool_name",
        "PostToolUseHookInput": "agent_id agent_type cwd tool_input tool_name",
        "PreToolUseHookInput": "agent_id agent_type",  # parent_tool_use_id of the message
        "RateLimitInfo": "raw",
        "ResultMessage": "api_error_status",  # in the text of the synthetic message, and api_retry has its own
        "TaskNotificationMessage": "data output_file tool_use_id",
        "TaskProgressMessage": "data description",
        "TaskUpdatedMessage": "data status",
    },
    "an ID or a path of the CLI's own, by which the recorder looks nothing up": {
        "AssistantMessage": "session_id user_message_uuid user_message_uuids",
        "PreCompactHookInput": "cwd",
        "RateLimitEvent": "session_id uuid",
        "ResultMessage": "session_id user_message_uuid user_message_uuids uuid",
        "StreamEvent": "session_id user_message_uuid user_message_uuids uuid",
        "TaskNotificationMessage": "session_id uuid",
        "TaskProgressMessage": "session_id uuid",
        "TaskStartedMessage": "session_id uuid",
        "TaskUpdatedMessage": "session_id uuid",
        "UserMessage": "uuid",
        "SubagentStartHookInput": "cwd",
        "SystemInitData": "type uuid",
        "SessionKey": "*",
    },
    "times of the CLI; the events have their own": {"ResultMessage": "duration_api_ms duration_ms"},
    "the run file has no place for it": {
        "MessageOrigin": "body from fromSession name senderTaskId server subkind verifiedPeerPid",
        "PreCompactHookInput": "custom_instructions",
        "RateLimitInfo": "overage_disabled_reason overage_resets_at overage_status",
        "ResultMessage": "origin structured_output",
        "ThinkingBlock": "signature",
    },
    "the agent never defers a tool call": {"ResultMessage": "deferred_tool_use", "DeferredToolUse": "*"},
    "how the CLI is set up; run_start has the options that count": {
        "SystemInitData": "agents apiKeySource betas capabilities fast_mode_disabled_reason "
        "fast_mode_state output_style plugin_errors plugins skills slash_commands "
        "terminal_slash_commands",
        "SystemInitMcpServer": "source",
        "SystemInitPlugin": "*",
        "SystemInitPluginError": "*",
    },
    "the same in every hook": {
        "PostToolUseFailureHookInput": _EVERY_HOOK,
        "PostToolUseHookInput": "effort hook_event_name permission_mode prompt_id session_id",
        "PreCompactHookInput": _EVERY_HOOK,
        "PreToolUseHookInput": _EVERY_HOOK,
        "SubagentStartHookInput": _EVERY_HOOK,
        "HookEffort": "*",
    },
    "only a sign of life": {"HookEventMessage": "*", "SubagentStopHookInput": "*"},
    "that it is asked counts; the call has the rest": {
        "NotificationHookInput": f"cwd message title {_EVERY_HOOK}",
        "PermissionRequestHookInput": "*",
    },
    "its hook is not registered": {
        "StopHookInput": "*",
        "UserPromptSubmitHookInput": "*",
        "BackgroundTaskSummary": "*",
        "SessionCronSummary": "*",
    },
    "for asking a person; the agent works alone": {
        "ToolPermissionContext": "agent_id blocked_path description display_name signal suggestions title",
        "PermissionUpdate": "*",
        "PermissionRuleValue": "*",
    },
}

HOOKS = frozenset({
    "PreToolUse", "PostToolUse", "PostToolUseFailure", "SubagentStart", "SubagentStop", "PreCompact",
    "PermissionRequest", "Notification",
})  # fmt: skip
"""The hooks that the recorder registers."""

VALUES = {
    "HookEvent": HOOKS
    | {
        "Stop",  # ResultMessage says it
        "UserPromptSubmit",  # prompts are written where they are sent
    },
    "HookSpecificOutput": frozenset({  # Python programs cannot register these
        "CwdChanged", "Elicitation", "ElicitationResult", "FileChanged", "MessageDisplay", "PermissionDenied",
        "PostModelSwitch", "PostToolBatch", "PreModelSwitch", "SessionStart", "UserPromptExpansion", "WorktreeCreate",
    }),
    "RateLimitStatus": frozenset({"allowed", "allowed_warning", "rejected"}),
    "TaskNotificationStatus": frozenset({"completed", "failed", "stopped"}),
    "TaskUpdatedStatus": frozenset({"completed", "failed", "killed", "paused", "pending", "running"}),
}  # fmt: skip
