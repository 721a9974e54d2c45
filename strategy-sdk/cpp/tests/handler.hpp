/* SPDX-License-Identifier: Apache-2.0
 *
 * A handler to attach to: the mock handler's process, told line by line what to do.
 */
#ifndef HEADRACE_TESTS_HANDLER_HPP
#define HEADRACE_TESTS_HANDLER_HPP

#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

/* Stays on, whatever the build. */
#define CHECK(condition)                                                                                                              \
    do {                                                                                                                              \
        if (!(condition)) {                                                                                                           \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                                      \
            std::exit(1);                                                                                                             \
        }                                                                                                                             \
    } while (0)

#define FAIL(what)                                                                                                                    \
    do {                                                                                                                              \
        std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, what);                                                                \
        std::exit(1);                                                                                                                 \
    } while (0)

class Handler
{
  public:
    /* The mock handler's program, and a folder for its socket; from the command line. */
    static inline std::string program;
    static inline std::string folder;

    explicit Handler(const char *slot_bytes = "64", const char *slot_count = "256", const char *workers = "1", const char *on_full = "drop")
    {
        static int number = 0;
        int to[2];
        int from[2];
        socket = folder + "/" + std::to_string(getpid()) + "-" + std::to_string(number++) + ".sock";
        CHECK(pipe(to) == 0 && pipe(from) == 0);
        pid_ = fork();
        CHECK(pid_ >= 0);
        if (pid_ == 0) {
            dup2(to[0], STDIN_FILENO);
            dup2(from[1], STDOUT_FILENO);
            for (int fd : {to[0], to[1], from[0], from[1]})
                ::close(fd);
            execl(program.c_str(), program.c_str(), socket.c_str(), slot_bytes, slot_count, workers, on_full, nullptr);
            _exit(127);
        }
        ::close(to[0]);
        ::close(from[1]);
        input_ = fdopen(to[1], "w");
        output_ = fdopen(from[0], "r");
        CHECK(input_ && output_ && answer() == "ready");
    }
    Handler(const Handler &) = delete;
    Handler &operator=(const Handler &) = delete;
    ~Handler()
    {
        kill();
        std::fclose(input_);
        std::fclose(output_);
        ::unlink(socket.c_str());
    }

    std::string ask(const std::string &command)
    {
        std::fprintf(input_, "%s\n", command.c_str());
        std::fflush(input_);
        return answer();
    }
    void tell(const std::string &command)
    {
        std::string said = ask(command);
        if (said != "ok")
            std::fprintf(stderr, "%s: %s\n", command.c_str(), said.c_str());
        CHECK(said == "ok");
    }
    void stop()
    {
        tell("state 4");
    }
    void kill()
    {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
        pid_ = 0;
    }

    std::string socket;

  private:
    std::string answer()
    {
        char line[256];
        if (!std::fgets(line, sizeof line, output_))
            return "";
        std::string said = line;
        said.pop_back();
        return said;
    }

    pid_t pid_ = 0;
    std::FILE *input_ = nullptr;
    std::FILE *output_ = nullptr;
};

#endif
