"""Keeps an agent inside its project and within reach: sandbox, one agent a project, no process left, allowed commands.

Modules, each importing only those above it:

    private_directory  directories of this user that nobody else can enter
    sandbox            the CLI's sandbox: its settings, a trial, and what it leaves behind
    caches             package caches that commands may write in the sandbox
    agent_dir          the directory .agent/ of a project, and who works there
    project_lock       the lock that one agent holds on its project
    process_handle     signals that reach one process or none
    register           the agents of this user that are running on this machine
    process_tree       ends the processes of a run
    reaper_process     the process that ends them also when the agent is killed
    reaper             starts it, and marks the processes of a run
    commands           which commands the agent may run
"""
