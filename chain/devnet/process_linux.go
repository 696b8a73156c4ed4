package devnet

import (
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// superviseProcess starts a program, sends the outcome to started, and calls exited when the program has ended. The program
// has a process group of its own, so that Ctrl-C at a terminal reaches it only through Stop, and dies with the thread that
// started it, which this function keeps for as long as the program runs.
func superviseProcess(cmd *exec.Cmd, started chan<- error, exited func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	err := cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = cmd.Wait()
	exited()
}

// stopProcess ends the program's process group: politely, then by force.
func stopProcess(cmd *exec.Cmd, exited <-chan struct{}, patience time.Duration) {
	if cmd.Process == nil {
		return
	}
	// While the process has not been waited for, its id cannot belong to another.
	select {
	case <-exited:
		return
	default:
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-exited:
		return
	case <-timer.C:
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	<-exited
}
