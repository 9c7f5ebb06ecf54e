package slapd

import "syscall"

// dieWithParent keeps a server from outliving a test that was killed.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
