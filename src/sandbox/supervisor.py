"""Runs verification functions that a model wrote: each in a process of its own, all its cases one after the other.

Node starts it, in bubblewrap unless the code is trusted, and speaks with it in JSON lines: a job is
{"code", "inputs"} on standard input, its answer a list of [verdict, detail] on standard output. The code under test
never has either of them, nor this process's memory to write to: what it answers comes through a pipe of its own.
"""

import ctypes
import errno
import fcntl
import json
import math
import os
import random
import re
import resource
import select
import signal
import stat
import struct
import sys
import time
import types

# What functions usually import, so that each of their processes has it from its start.
import ast, bisect, calendar, collections, copy, csv, dataclasses, datetime, decimal, difflib  # noqa: E401, F401
import enum, fractions, functools, hashlib, heapq, html, io, itertools, operator, statistics  # noqa: E401, F401
import string, tempfile, textwrap, traceback, typing, unicodedata, urllib.parse  # noqa: E401, F401

# Of an environment: slow to import, so imported once, here, when a function first names one.
SLOW_MODULES = re.compile(r'^\s*(?:import|from)\s+(numpy|pandas|scipy|sklearn|sympy|nltk|regex)\b', re.MULTILINE)

MIB = 2**20
LONGEST_DETAIL = 200  # characters
MOST_TIMEOUTS = 2  # of one function, one after the other; then its other cases are not tried
DEFINITION = 2  # times the time of a case
READY = b'R'
NONCE = 8  # bytes
ANSWER_HEAD = NONCE + 3
KINDS = ('true', 'false', 'error', 'missing_module')

libc = ctypes.CDLL(None, use_errno=True)


# --- confinement -----------------------------------------------------------------------------------------------------

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 1, 4, 22, 38, 47


def check(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f'{what}: {os.strerror(ctypes.get_errno())}')


def prctl(option, *args):
    values = [ctypes.c_ulong(value) for value in (*args, 0, 0, 0, 0)[:4]]
    check(libc.prctl(option, *values), f'prctl {option}')


def mount_writable(folder):
    """A file system to write to, bounded in bytes and in files; bubblewrap's own can't bound the latter."""
    nosuid, nodev, noexec = 2, 4, 8
    options = b'size=16m,nr_inodes=256,mode=0700'
    check(libc.mount(b'tmpfs', folder.encode(), b'tmpfs', nosuid | nodev | noexec, options), f'mounting {folder}')


def drop_capabilities():
    """For good: of this process and of all that it forks."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_CAP_AMBIENT, 4)  # clears all
    version_3 = (ctypes.c_uint32 * 2)(0x20080522, 0)
    none = (ctypes.c_uint32 * 6)()
    check(libc.capset(version_3, none), 'capset')


# The system calls that CPython makes to compute, to read files and to write to /tmp. All others are refused: those that
# make processes or threads, send signals, open sockets, mount, trace, change limits.
X86_64 = dict(
    read=0, write=1, close=3, fstat=5, lseek=8, mmap=9, munmap=11, brk=12, rt_sigaction=13, rt_sigprocmask=14,
    futex=202, newfstatat=262, openat=257, open=2, stat=4, lstat=6, poll=7, mprotect=10, rt_sigreturn=15, pread64=17,
    pwrite64=18, readv=19, writev=20, access=21, select=23, sched_yield=24, mremap=25, madvise=28, dup=32, dup2=33,
    nanosleep=35, getitimer=36, alarm=37, setitimer=38, getpid=39, exit=60, uname=63, ftruncate=77, getdents=78,
    getcwd=79, rename=82, mkdir=83, rmdir=84, unlink=87, readlink=89, gettimeofday=96, getrlimit=97, getrusage=98,
    sysinfo=99, times=100, getuid=102, getgid=104, geteuid=107, getegid=108, getppid=110, sigaltstack=131, gettid=186,
    time=201, sched_getaffinity=204, getdents64=217, restart_syscall=219, fadvise64=221, clock_gettime=228,
    clock_getres=229, clock_nanosleep=230, exit_group=231, mkdirat=258, unlinkat=263, renameat=264, readlinkat=267,
    faccessat=269, pselect6=270, ppoll=271, set_robust_list=273, dup3=292, renameat2=316, getrandom=318, membarrier=324,
    statx=332, rseq=334, faccessat2=439,
)  # fmt: skip
AARCH64 = dict(
    read=63, write=64, close=57, fstat=80, lseek=62, mmap=222, munmap=215, brk=214, rt_sigaction=134,
    rt_sigprocmask=135, futex=98, newfstatat=79, openat=56, mprotect=226, rt_sigreturn=139, pread64=67, pwrite64=68,
    readv=65, writev=66, sched_yield=124, mremap=216, madvise=233, dup=23, nanosleep=101, getitimer=102, setitimer=103,
    getpid=172, exit=93, uname=160, ftruncate=46, getcwd=17, gettimeofday=169, getrlimit=163, getrusage=165,
    sysinfo=179, times=153, getuid=174, getgid=176, geteuid=175, getegid=177, getppid=173, sigaltstack=132, gettid=178,
    sched_getaffinity=123, getdents64=61, restart_syscall=128, fadvise64=223, clock_gettime=113, clock_getres=114,
    clock_nanosleep=115, exit_group=94, mkdirat=34, unlinkat=35, renameat=38, readlinkat=78, faccessat=48, pselect6=72,
    ppoll=73, set_robust_list=99, dup3=24, renameat2=276, getrandom=278, membarrier=283, statx=291, rseq=293,
    faccessat2=439,
)  # fmt: skip
# By machine: its audit architecture, the calls, those judged by an argument, and the first call number of another ABI.
MACHINES = {
    'x86_64': (0xC000003E, X86_64, dict(ioctl=16, fcntl=72, prlimit64=302), 0x40000000),
    'aarch64': (0xC00000B7, AARCH64, dict(ioctl=29, fcntl=25, prlimit64=261), None),
}
UNKNOWN_TO_OLD_KERNELS = (435, 437)  # clone3, openat2: libraries fall back on what is then refused or allowed
IOCTLS = (0x5401, 0x5413, 0x5450, 0x5451)  # TCGETS, TIOCGWINSZ, FIONCLEX, FIOCLEX
FCNTLS = (fcntl.F_DUPFD, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_SETFL, fcntl.F_DUPFD_CLOEXEC)

ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE, UNKNOWN = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06


def filter_program():
    """The filter of system calls, as struct sock_filter[]. @raises OSError on a machine that it is not written for."""
    machine = os.uname().machine
    if machine not in MACHINES or struct.calcsize('P') != 8:
        raise OSError(errno.ENOTSUP, f'no filter of system calls is written for {machine}')
    architecture, calls, judged, other_abi = MACHINES[machine]
    program = []

    def instruction(code, value, if_true=0, if_false=0):
        program.append(struct.pack('=HBBI', code, if_true, if_false, value))

    def argument(index, upper=False):
        instruction(LOAD, 16 + 8 * index + (4 if upper else 0))

    instruction(LOAD, 4)
    instruction(EQUAL, architecture, 1, 0)
    instruction(RETURN, KILL)
    instruction(LOAD, 0)
    if other_abi is not None:
        instruction(AT_LEAST, other_abi, 0, 1)
        instruction(RETURN, REFUSE)
    for number in calls.values():
        instruction(EQUAL, number, 0, 1)
        instruction(RETURN, ALLOW)
    for number in UNKNOWN_TO_OLD_KERNELS:
        instruction(EQUAL, number, 0, 1)
        instruction(RETURN, UNKNOWN)
    for name, commands in (('ioctl', IOCTLS), ('fcntl', FCNTLS)):
        instruction(EQUAL, judged[name], 0, 2 * len(commands) + 2)
        argument(1)
        for command in commands:
            instruction(EQUAL, command, 0, 1)
            instruction(RETURN, ALLOW)
        instruction(RETURN, REFUSE)
    # Limits may be asked of, not set: the pointer to the new ones is null.
    instruction(EQUAL, judged['prlimit64'], 0, 5)
    argument(2)
    instruction(EQUAL, 0, 0, 3)
    argument(2, upper=True)
    instruction(EQUAL, 0, 0, 1)
    instruction(RETURN, ALLOW)
    instruction(RETURN, REFUSE)
    return b''.join(program)


class FilterProgram(ctypes.Structure):
    _fields_ = [('length', ctypes.c_ushort), ('instructions', ctypes.c_char_p)]


def limit(memory, seconds):
    """@param memory Bytes beyond what the process has. @param seconds Of computing: the timers of cases come first."""
    with open('/proc/self/statm') as sizes:
        has = int(sizes.read().split()[0]) * resource.getpagesize()
    for name, bound in (
        ('AS', has + memory),
        ('FSIZE', 16 * MIB),
        ('NOFILE', 64),
        ('NPROC', 0),
        ('CORE', 0),
        ('MEMLOCK', 0),
        ('MSGQUEUE', 0),
        ('SIGPENDING', 64),
        ('STACK', 8 * MIB),
    ):
        lower(getattr(resource, f'RLIMIT_{name}'), bound, bound)
    lower(resource.RLIMIT_CPU, seconds, seconds + 1)


def lower(kind, soft, hard):
    """Sets a limit, but for one that is lower already."""
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(kind, (soft, hard))


def confine(settings, program, inbox, outbox, cases):
    """Leaves a forked process its two pipes, as descriptors 3 and 4, and nothing else."""
    os.setsid()
    # Above those that they go to, so that neither is closed by the other's arrival.
    inbox, outbox = (fcntl.fcntl(pipe, fcntl.F_DUPFD, 16) for pipe in (inbox, outbox))
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.dup2(inbox, 3)
    os.dup2(outbox, 4)
    os.closerange(5, 4096)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    limit(settings['memory'] * MIB, math.ceil(settings['timeout'] * (cases + DEFINITION)) + 1)
    if program is not None:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        whole = FilterProgram(len(program) // 8, program)
        check(libc.prctl(PR_SET_SECCOMP, 2, ctypes.byref(whole), 0, 0), 'seccomp')


# --- in the function's process ---------------------------------------------------------------------------------------


def read_exactly(descriptor, count):
    """@raises EOFError where the other end was closed."""
    parts = []
    while count > 0:
        part = os.read(descriptor, min(count, MIB))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b''.join(parts)


def shorten(text):
    # Of str itself: the text may be of a class that the code under test made.
    first = str.__getitem__(text, slice(LONGEST_DETAIL))
    shown = ''.join(c if c.isprintable() else c.encode('unicode_escape').decode() for c in first)
    return shown[:LONGEST_DETAIL]


def name_of(value):
    return type.__dict__['__name__'].__get__(type(value))


def describe(error):
    """The verdict that an exception is. What it says of itself is code under test, too."""
    try:
        # Frees what the frames held: memory may be what is missing.
        error.__traceback__ = None
        if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str):
            return 'missing_module', shorten(error.name)
        text = str(error)
        return 'error', shorten(f'{name_of(error)}: {text}' if text else name_of(error))
    except BaseException:
        return 'error', shorten(name_of(error))


def judge(result):
    if result == True:  # noqa: E712 - numpy's booleans and 1 count
        return 'true', ''
    if result == False:  # noqa: E712
        return 'false', ''
    return 'error', shorten(f'returned {name_of(result)}, not a boolean')


def define(code):
    # Known by its name: classes look for the module that they were made in.
    module = sys.modules['verifier'] = types.ModuleType('verifier')
    exec(compile(code, '<verifier>', 'exec'), module.__dict__)
    evaluate = module.__dict__.get('evaluate')
    if not callable(evaluate):
        raise NameError('no function `evaluate` is defined')
    return evaluate


def attempt(work):
    """What a piece of the code under test gives, or the verdict that its exception is."""
    try:
        return work(), None
    except BaseException as error:
        return None, describe(error)


def evaluate_case(evaluate, response):
    random.seed(0)
    if 'numpy' in sys.modules:
        sys.modules['numpy'].random.seed(0)
    return judge(evaluate(response))


def serve(code, inbox, outbox):
    """Answers the definition and then case after case, until there are no more."""

    def answer(nonce, kind, detail):
        text = detail.encode()
        os.write(outbox, nonce + struct.pack('>BH', KINDS.index(kind), len(text)) + text)

    os.write(outbox, READY)
    nonce = read_exactly(inbox, NONCE)
    evaluate, failure = attempt(lambda: define(code))
    answer(nonce, *(failure or ('true', '')))
    while True:
        nonce = read_exactly(inbox, NONCE)
        (length,) = struct.unpack('>I', read_exactly(inbox, 4))
        response = read_exactly(inbox, length).decode('utf-8', 'surrogatepass')
        verdict, failure = attempt(lambda: evaluate_case(evaluate, response))
        answer(nonce, *(failure or verdict))


def function_process(settings, program, job, inbox, outbox):
    try:
        confine(settings, program, inbox, outbox, len(job['inputs']))
        serve(job['code'], 3, 4)
    except EOFError:
        os._exit(0)
    finally:
        os._exit(1)


# --- in the supervisor -----------------------------------------------------------------------------------------------


class TimedOut(Exception):
    pass


class Died(Exception):
    """The function's process ended, or said what it was not asked: its verdict is `killed`."""


def death(status):
    if not os.WIFSIGNALED(status):
        return f'exit {os.WEXITSTATUS(status)}'
    number = os.WTERMSIG(status)
    try:
        return signal.Signals(number).name
    except ValueError:
        return f'signal {number}'


class FunctionProcess:
    """A forked process with one function, as the supervisor sees it."""

    def __init__(self, settings, program, job):
        self.timeout = settings['timeout']
        its_inbox, self.requests = os.pipe()
        self.answers, its_outbox = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            function_process(settings, program, job, its_inbox, its_outbox)
        os.close(its_inbox)
        os.close(its_outbox)
        os.set_blocking(self.requests, False)
        os.set_blocking(self.answers, False)
        self.readable = self.watch(self.answers, select.POLLIN)
        self.writable = self.watch(self.requests, select.POLLOUT)
        try:
            if self.receive(len(READY), time.monotonic() + 30) != READY:
                raise Died('')
        except (Died, TimedOut) as error:
            self.end()
            raise RuntimeError('a process could not be confined') from error

    @staticmethod
    def watch(pipe, event):
        poll = select.poll()
        poll.register(pipe, event)
        # It hangs up when nobody waits for a verdict any more.
        poll.register(0, 0)
        return poll

    def wait(self, poll, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimedOut
        for descriptor, _ in poll.poll(math.ceil(left * 1000)):
            if descriptor == 0:
                self.end()
                sys.exit(0)

    def receive(self, count, deadline):
        received = b''
        while len(received) < count:
            try:
                part = os.read(self.answers, count - len(received))
            except BlockingIOError:
                self.wait(self.readable, deadline)
                continue
            if not part:
                raise Died(self.how_it_died())
            received += part
        return received

    def send(self, message, deadline):
        left = memoryview(message)
        try:
            while left:
                try:
                    left = left[os.write(self.requests, left) :]
                except BlockingIOError:
                    self.wait(self.writable, deadline)
        except BrokenPipeError:
            raise Died(self.how_it_died()) from None

    def ask(self, message, seconds):
        """The answer to a request: (kind, detail). @raises Died, TimedOut; after either it is ended."""
        deadline = time.monotonic() + seconds
        nonce = os.urandom(NONCE)
        try:
            self.refuse_forged()
            self.send(nonce + message, deadline)
            head = self.receive(ANSWER_HEAD, deadline)
            kind, length = struct.unpack('>BH', head[NONCE:])
            if head[:NONCE] != nonce or kind >= len(KINDS) or length > 4 * LONGEST_DETAIL:
                raise Died(self.forged())
            return KINDS[kind], self.receive(length, deadline).decode('utf-8', 'replace') or None
        except TimedOut:
            self.end()
            raise

    def refuse_forged(self):
        """An answer that is there before it was asked for is not one."""
        try:
            if os.read(self.answers, 1):
                raise Died(self.forged())
        except BlockingIOError:
            pass

    def forged(self):
        self.end()
        return 'wrote to the pipe of its verdicts'

    def finish(self):
        """Lets it end by itself. @raises Died where it had written more than its answers."""
        os.close(self.requests)
        self.requests = None
        deadline = time.monotonic() + 1
        try:
            if self.receive_end(deadline):
                raise Died(self.forged())
        except TimedOut:
            pass
        self.end()

    def receive_end(self, deadline):
        while True:
            try:
                return os.read(self.answers, 1)
            except BlockingIOError:
                self.wait(self.readable, deadline)

    def how_it_died(self):
        """A process whose pipe has ended is about to be gone, unless it closed it."""
        deadline = time.monotonic() + 0.1
        while time.monotonic() < deadline:
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                return death(self.end())
            time.sleep(0.001)
        self.end()
        return 'closed the pipe of its verdicts'

    def end(self):
        """Kills it, if it still runs. @returns The status that it ended with."""
        if self.pid is None:
            return 0
        for kill in (os.kill, os.killpg):
            try:
                kill(self.pid, signal.SIGKILL)
            except OSError:
                pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = None
        if self.requests is not None:
            os.close(self.requests)
        os.close(self.answers)
        return status


def run_job(settings, program, job):
    """A verdict for each input: [kind, detail or None]."""
    settings = {**settings, 'timeout': job['timeout']}
    inputs = job['inputs']
    verdicts = []
    timeouts = 0
    process = None
    for response in inputs:
        try:
            if process is None:
                process = FunctionProcess(settings, program, job)
                kind, detail = process.ask(b'', settings['timeout'] * DEFINITION)
                if kind != 'true':
                    process.end()
                    return verdicts + [[kind, detail]] * (len(inputs) - len(verdicts))
        except Died as died:
            return verdicts + [['killed', str(died)]] * (len(inputs) - len(verdicts))
        except TimedOut:
            return verdicts + [['timeout', None]] * (len(inputs) - len(verdicts))
        try:
            text = response.encode('utf-8', 'surrogatepass')
            verdicts.append([*process.ask(struct.pack('>I', len(text)) + text, settings['timeout'])])
            timeouts = 0
        except Died as died:
            verdicts.append(['killed', str(died)])
            process = None
        except TimedOut:
            verdicts.append(['timeout', None])
            process = None
            timeouts += 1
            if timeouts >= MOST_TIMEOUTS:
                return verdicts + [['timeout', None]] * (len(inputs) - len(verdicts))
    if process is not None:
        try:
            process.finish()
        except Died as died:
            verdicts[-1] = ['killed', str(died)]
    return verdicts


def empty(folder):
    """Removes all that a folder holds, whatever its rights."""
    for name in os.listdir(folder):
        try:
            os.unlink(name, dir_fd=folder)
        except OSError:
            os.chmod(name, 0o700, dir_fd=folder)
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            try:
                empty(inner)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=folder)


def import_slow_modules(code):
    for name in set(SLOW_MODULES.findall(code)):
        try:
            __import__(name)
        except Exception:
            # The function's own import says what is wrong.
            pass


def write_all(descriptor, data):
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def supervise(settings):
    # Where memory runs out, the kernel is to take it from here.
    with open('/proc/self/oom_score_adj', 'w') as score:
        score.write('800')
    # No other process may look into this one, nor into those that it forks.
    prctl(PR_SET_DUMPABLE, 0)
    program = None
    tmp = None
    if settings['tmp'] is not None:
        mount_writable(settings['tmp'])
        drop_capabilities()
        program = filter_program()
        tmp = os.open(settings['tmp'], os.O_RDONLY | os.O_DIRECTORY)
    # What is printed, by a module that is imported for one, must not get among the verdicts.
    answers = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 3)
    os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), 1)
    write_all(answers, b'"ready"\n')
    with os.fdopen(os.dup(0), 'rb') as requests:
        for line in requests:
            job = json.loads(line)
            import_slow_modules(job['code'])
            verdicts = run_job(settings, program, job)
            if tmp is not None:
                empty(tmp)
            write_all(answers, json.dumps(verdicts).encode() + b'\n')


supervise(json.loads(sys.argv[1]))
