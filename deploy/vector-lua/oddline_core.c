/* The filter as a Lua 5.4 module: an event's table becomes the JSON record that the filter reads everywhere, and what it
 * put in before the last brace becomes the table's `anomaly`. No other field is touched. Whatever is in doubt leaves the
 * event as it is; nothing here raises an error once a filter is open. */
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua54.h"
#include "oddline.h"
#include "runtime.h"
#include "wasi.h"

#define DEPTH_MAX 32
#define RECORD_BYTES_MAX 4194304u
#define NAMES_MAX 64
static const char METATABLE[] = "oddline.filter";
static const char MEMBER[] = "\"anomaly\":{";

typedef struct {
  Z_oddline_instance_t instance;
  wasi_t wasi;
  int running; /* instantiated */
  char* record;
  size_t bytes, capacity;
} filter_t;

static void init_module_once(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, Z_oddline_init_module);
}

static int start(filter_t* filter) {
  jmp_buf target;
  memset(&filter->instance, 0, sizeof filter->instance);
  oddline_trap_target = &target;
  filter->running = setjmp(target) == 0;
  if (filter->running) Z_oddline_instantiate(&filter->instance, &filter->wasi);
  oddline_trap_target = NULL;
  filter->wasi.memory = Z_oddlineZ_memory(&filter->instance);
  return filter->running;
}

/* ---- the record ---- */

static int room(filter_t* filter, size_t more) {
  if (filter->bytes + more <= filter->capacity) return 1;
  size_t capacity = (filter->bytes + more) * 2;
  if (filter->bytes + more > RECORD_BYTES_MAX) return 0;
  char* record = realloc(filter->record, capacity);
  if (!record) return 0;
  filter->record = record;
  filter->capacity = capacity;
  return 1;
}

static int put(filter_t* filter, const char* text, size_t bytes) {
  if (!room(filter, bytes)) return 0;
  memcpy(filter->record + filter->bytes, text, bytes);
  filter->bytes += bytes;
  return 1;
}

/* What a string takes at most; counted for long ones, which would not fit a record six times over. */
static size_t escaped_bytes(const char* text, size_t bytes) {
  if (bytes < 1024) return bytes * 6;
  size_t escaped = bytes;
  for (size_t i = 0; i < bytes; i++) {
    unsigned char c = (unsigned char)text[i];
    escaped += c < 0x20 ? 5 : c == '"' || c == '\\';
  }
  return escaped;
}

static int put_string(filter_t* filter, const char* text, size_t bytes) {
  if (!room(filter, escaped_bytes(text, bytes) + 3)) return 0; /* two quotes, and the end that sprintf writes */
  char* out = filter->record + filter->bytes;
  *out++ = '"';
  for (size_t i = 0; i < bytes; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c == '"' || c == '\\') *out++ = '\\', *out++ = (char)c;
    else if (c < 0x20) out += sprintf(out, "\\u%04x", c);
    else *out++ = (char)c;
  }
  *out++ = '"';
  filter->bytes = (size_t)(out - filter->record);
  return 1;
}

static lua_Integer number_field(lua_State* L, int table, const char* name, int* found) {
  lua_getfield(L, table, name);
  lua_Integer value = lua_tointegerx(L, -1, found);
  lua_pop(L, 1);
  return value;
}

/* Vector hands a time over as a table {year, month, day, hour, min, sec, nanosec}, UTC; its Unix seconds, or 0. */
static lua_Integer unix_seconds(lua_State* L, int table) {
  static const char* const names[6] = {"year", "month", "day", "hour", "min", "sec"};
  lua_Integer part[6];
  int found;
  for (int i = 0; i < 6; i++) {
    part[i] = number_field(L, table, names[i], &found);
    if (!found) return 0;
  }
  /* days from civil, Howard Hinnant (http://howardhinnant.github.io/date_algorithms.html) */
  lua_Integer y = part[0] - (part[1] <= 2), era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
  lua_Integer doy = (153 * (part[1] + (part[1] > 2 ? -3 : 9)) + 2) / 5 + part[2] - 1;
  lua_Integer days = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
  return days * 86400 + part[3] * 3600 + part[4] * 60 + part[5];
}

static int put_value(lua_State* L, filter_t* filter, int at, int depth);

static int put_table(lua_State* L, filter_t* filter, int table, int depth) {
  int first = 1;
  size_t items = lua_rawlen(L, table);
  if (depth > DEPTH_MAX || !lua_checkstack(L, 4)) return 0;
  if (items > 0) {
    for (size_t i = 1; i <= items; i++) {
      if (!put(filter, i == 1 ? "[" : ",", 1)) return 0;
      lua_rawgeti(L, table, (lua_Integer)i);
      int done = put_value(L, filter, lua_gettop(L), depth);
      lua_pop(L, 1);
      if (!done) return 0;
    }
    return put(filter, "]", 1);
  }
  lua_pushnil(L);
  while (lua_next(L, table)) {
    int done = 1;
    if (lua_type(L, -2) == LUA_TSTRING) {
      size_t bytes;
      const char* key = lua_tolstring(L, -2, &bytes);
      done = put(filter, first ? "{" : ",", 1) && put_string(filter, key, bytes) && put(filter, ":", 1) &&
             put_value(L, filter, lua_gettop(L), depth);
      first = 0;
    }
    lua_pop(L, done ? 1 : 2);
    if (!done) return 0;
  }
  return put(filter, first ? "{}" : "}", first ? 2 : 1);
}

static int put_value(lua_State* L, filter_t* filter, int at, int depth) {
  char text[64];
  size_t bytes;
  switch (lua_type(L, at)) {
    case LUA_TSTRING: {
      const char* value = lua_tolstring(L, at, &bytes);
      return put_string(filter, value, bytes);
    }
    case LUA_TNUMBER:
      if (lua_isinteger(L, at)) return put(filter, text, (size_t)sprintf(text, "%lld", lua_tointegerx(L, at, NULL)));
      lua_Number number = lua_tonumberx(L, at, NULL);
      if (!isfinite(number)) return put(filter, "null", 4);
      return put(filter, text, (size_t)sprintf(text, "%.17g", number));
    case LUA_TBOOLEAN:
      return lua_toboolean(L, at) ? put(filter, "true", 4) : put(filter, "false", 5);
    case LUA_TTABLE:
      return put_table(L, filter, at, depth + 1);
    default:
      return put(filter, "null", 4);
  }
}

/* ---- the verdict ---- */

static const char* member_text(const char* at, const char* end, char* text, size_t* bytes) {
  char* out = text;
  for (at++; at < end && *at != '"'; at++) {
    if (*at == '\\' && at + 1 < end) at++; /* the filter escapes quotes and backslashes, nothing else */
    *out++ = *at;
  }
  *bytes = (size_t)(out - text);
  return at < end ? at + 1 : NULL;
}

/* Pushes the flat object whose first member stands at `at`; 0 where it is none, and then nothing is pushed. */
static int push_member(lua_State* L, const char* at, const char* end) {
  char text[2048];
  size_t bytes;
  int top = lua_gettop(L);
  if ((size_t)(end - at) > sizeof text) return 0;
  lua_createtable(L, 0, 12);
  while (at && at < end && *at == '"') {
    at = member_text(at, end, text, &bytes);
    if (!at || at >= end || *at != ':') break;
    lua_pushlstring(L, text, bytes);
    if (*++at == '"') {
      at = member_text(at, end, text, &bytes);
      if (!at) break;
      lua_pushlstring(L, text, bytes);
    } else {
      size_t length = strcspn(at, ",}");
      if (length == 0 || length > 63) break;
      memcpy(text, at, length);
      text[length] = 0;
      if (text[0] == 't' || text[0] == 'f') lua_pushboolean(L, text[0] == 't');
      else if (strpbrk(text, ".eE")) lua_pushnumber(L, strtod(text, NULL));
      else lua_pushinteger(L, strtoll(text, NULL, 10));
      at += length;
    }
    lua_rawset(L, top + 1);
    if (at < end && *at == '}') return 1;
    at++;
  }
  lua_settop(L, top);
  return 0;
}

/* An `anomaly` that came in could be forged by whoever writes the log: it moves to a free name. */
static void rename_forged(lua_State* L, int log) {
  char name[32] = "anomaly_upstream";
  lua_getfield(L, log, "anomaly");
  if (lua_type(L, -1) != LUA_TNIL) {
    for (int number = 2; number < NAMES_MAX; number++) {
      int type = lua_getfield(L, log, name);
      lua_pop(L, 1);
      if (type == LUA_TNIL) break;
      sprintf(name, "anomaly_upstream%d", number);
    }
    lua_setfield(L, log, name);
    lua_pushnil(L);
    lua_setfield(L, log, "anomaly");
  } else {
    lua_pop(L, 1);
  }
}

/* Calls the filter on the record; the address of what it wrote and its length, or NULL. */
static const char* judge(filter_t* filter, lua_Integer seconds, size_t* bytes) {
  jmp_buf target;
  const char* result = NULL;
  Z_oddline_instance_t* instance = &filter->instance;
  oddline_trap_target = &target;
  int trap = setjmp(target);
  if (trap == 0) {
    u32 length = (u32)filter->bytes;
    u32 tag = Z_oddlineZ_malloc(instance, 8);
    u32 record = Z_oddlineZ_malloc(instance, length + 1);
    wasm_rt_memory_t* memory = Z_oddlineZ_memory(instance);
    if (tag && record && (uint64_t)record + length < memory->size) {
      memcpy(memory->data + record, filter->record, length);
      memory->data[record + length] = 0;
      memcpy(memory->data + tag, "vector", 7);
      u32 out = Z_oddlineZ_oddline_filter(instance, tag, 6, (u32)seconds, 0, record, length);
      memory = Z_oddlineZ_memory(instance);
      if (out && out < memory->size) {
        result = (const char*)memory->data + out;
        *bytes = strnlen(result, memory->size - out);
      }
    }
    if (record) Z_oddlineZ_free(instance, record);
    if (tag) Z_oddlineZ_free(instance, tag);
  } else {
    result = NULL;
    fprintf(stderr, "[oddline] the filter failed (trap %d); this event goes on untagged, the filter starts afresh\n", trap);
    Z_oddline_free(instance);
    start(filter);
  }
  oddline_trap_target = NULL;
  return result;
}

/* tag(filter, log): gives the table `log` its `anomaly`. */
static int tag_event(lua_State* L) {
  filter_t* filter = luaL_checkudata(L, 1, METATABLE);
  size_t bytes;
  if (!filter->running || lua_type(L, 2) != LUA_TTABLE || !lua_checkstack(L, DEPTH_MAX)) return 0;
  rename_forged(L, 2);
  filter->bytes = 0;
  if (!put_table(L, filter, 2, 0) || filter->bytes > RECORD_BYTES_MAX) return 0;
  lua_getfield(L, 2, "timestamp");
  lua_Integer seconds = lua_type(L, -1) == LUA_TTABLE ? unix_seconds(L, lua_gettop(L)) : 0;
  lua_pop(L, 1);
  const char* result = judge(filter, seconds > 0 && seconds < 4294967296 ? seconds : 0, &bytes);
  size_t kept = filter->bytes - 1; /* up to the last brace */
  if (!result || bytes <= filter->bytes || memcmp(result, filter->record, kept) != 0) return 0;
  const char* member = result + kept + (result[kept] == ',');
  size_t head = sizeof MEMBER - 1;
  if (strncmp(member, MEMBER, head) != 0) return 0;
  if (push_member(L, member + head, result + bytes - 1)) lua_setfield(L, 2, "anomaly");
  return 0;
}

static int close_filter(lua_State* L) {
  filter_t* filter = luaL_checkudata(L, 1, METATABLE);
  if (filter->running) Z_oddline_free(&filter->instance);
  filter->running = 0;
  wasi_close(&filter->wasi);
  free(filter->record);
  filter->record = NULL;
  filter->capacity = 0;
  return 0;
}

/* open(model_folder [, state_folder]) */
static int open_filter(lua_State* L) {
  const char* model_folder = luaL_checklstring(L, 1, NULL);
  const char* state_folder = luaL_optlstring(L, 2, NULL, NULL);
  filter_t* filter = lua_newuserdatauv(L, sizeof *filter, 0);
  memset(filter, 0, sizeof *filter);
  for (int i = 0; i < WASI_FILES; i++) filter->wasi.files[i] = -1;
  luaL_setmetatable(L, METATABLE);
  init_module_once();
  int problem = wasi_open(&filter->wasi, Z_oddlineZ_memory(&filter->instance), model_folder, state_folder);
  if (problem) {
    const char* folder = filter->wasi.folders == 0 ? model_folder : state_folder;
    return luaL_error(L, "oddline: cannot open the folder %s: %s", folder, strerror(problem));
  }
  if (!start(filter)) return luaL_error(L, "oddline: the filter does not start: no memory for it");
  /* No record, so nothing is judged; but tables and model find their place before a first record that is a large one. */
  size_t bytes;
  if (put(filter, "{", 1)) judge(filter, 0, &bytes);
  return 1;
}

__attribute__((visibility("default"))) int luaopen_oddline_core(lua_State* L) {
  luaL_checkversion(L);
  if (luaL_newmetatable(L, METATABLE)) {
    lua_pushcclosure(L, close_filter, 0);
    lua_setfield(L, -2, "__gc");
  }
  lua_createtable(L, 0, 2);
  lua_pushcclosure(L, open_filter, 0);
  lua_setfield(L, -2, "open");
  lua_pushcclosure(L, tag_event, 0);
  lua_setfield(L, -2, "tag");
  return 1;
}
